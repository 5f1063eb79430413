/** What a life waits for: a span of plant time in whole ms, or the opening of a gate. */
export type Wait = { readonly forMs: number } | { readonly gate: Gate };

/** The course of one machine, written as prose: it yields what it waits for. */
export type Life = Generator<Wait, void, void>;

interface Entry {
  readonly atMs: number;
  readonly life: Life;
}

/**
 * The plant's list of what comes next, in whole plant ms. Entries of one instant run in the order they were made, so the
 * course depends on the lives alone and never on how often somebody asks.
 */
export class Agenda {
  #nowMs = 0;
  readonly #entries: Entry[] = [];

  /** Plant time of the entry being run, or the one advanced to last. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plant time of the next entry; undefined when every life waits at a gate. */
  get nextMs(): number | undefined {
    return this.#entries[0]?.atMs;
  }

  begin(life: Life): void {
    this.#enter(this.#nowMs, life);
  }

  /** Runs all that is due up to and including `toMs`; `after` is called after each entry. */
  advance(toMs: number, after: () => void = () => {}): void {
    for (let entry = this.#entries[0]; entry !== undefined && entry.atMs <= toMs; entry = this.#entries[0]) {
      this.#entries.shift();
      this.#nowMs = entry.atMs;
      this.resume(entry.life);
      after();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  resume(life: Life): void {
    const step = life.next();
    if (step.done === true) return;
    if ('gate' in step.value) step.value.gate.admit(life);
    else this.#enter(this.#nowMs + step.value.forMs, life);
  }

  /** Lets `life` go on at the present instant, after what is already due now. */
  wake(life: Life): void {
    this.#enter(this.#nowMs, life);
  }

  #enter(atMs: number, life: Life): void {
    let place = this.#entries.length;
    while (place > 0 && this.#entries[place - 1]!.atMs > atMs) place -= 1;
    this.#entries.splice(place, 0, { atMs, life });
  }
}

/** Where lives wait for each other. */
export class Gate {
  readonly #agenda: Agenda;
  #waiting: Life[] = [];

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  admit(life: Life): void {
    this.#waiting.push(life);
  }

  /** Everyone who waits goes on and looks again whether it may. */
  open(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const life of woken) this.#agenda.wake(life);
  }
}

/** Pieces between two machines: a place with room for `capacity`. */
export class Stock {
  readonly changed: Gate;
  readonly #capacity: number;
  #level: number;

  constructor(options: { agenda: Agenda; level: number; capacity: number }) {
    this.changed = new Gate(options.agenda);
    this.#level = options.level;
    this.#capacity = options.capacity;
  }

  get hasPiece(): boolean {
    return this.#level > 0;
  }

  get hasRoom(): boolean {
    return this.#level < this.#capacity;
  }

  /** False when it is empty. */
  take(): boolean {
    if (!this.hasPiece) return false;
    this.#level -= 1;
    this.changed.open();
    return true;
  }

  /** False when it is full. */
  put(): boolean {
    if (!this.hasRoom) return false;
    this.#level += 1;
    this.changed.open();
    return true;
  }
}
