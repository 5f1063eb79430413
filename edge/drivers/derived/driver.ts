import { messageOf } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { Value } from '@gongfu/shared/model/value-type';
import type { Driver, DriverContext, PollGroup } from '@gongfu/shared/sdk/driver';
import type { SourceHealth } from '@gongfu/shared/wire/handshake';
import type { DerivedSource, DerivedTag } from './config.ts';
import { Derivation } from './derivation.ts';
import { compileTags } from './derived-tags.ts';
import { Input } from './input.ts';
import { groupsOf } from './plan.ts';

const lookEveryMs = 1_000;
const staleAtLeastMs = 30_000;
const staleIntervals = 3;

interface Heard {
  readonly input: Input;
  readonly time: number;
  /** Without one its source has only said that it has not changed until then. */
  readonly sample: { readonly status: number; readonly value: Value } | undefined;
}

/**
 * Works tags out of others as their samples come. What comes together is taken in the order of its source times, so values
 * that belong to one time meet, whichever came first.
 */
export class DerivedDriver implements Driver {
  readonly groups: readonly PollGroup<DerivedTag>[];
  readonly #context: DriverContext;
  readonly #source: DerivedSource;
  readonly #tags: readonly DerivedTag[];
  #inputs: readonly Input[] = [];
  /** Each after those it reads. */
  #derivations: readonly Derivation[] = [];
  /** Places among them of what hangs on an input, in order. */
  #readers: ReadonlyMap<Input, readonly number[]> = new Map();
  #heard: Heard[] = [];
  #isWorking = false;
  #cancelLook: (() => void) | undefined;

  constructor(options: { context: DriverContext; source: DerivedSource; tags: readonly DerivedTag[] }) {
    this.#context = options.context;
    this.#source = options.source;
    this.#tags = options.tags;
    this.groups = options.source.on === 'interval' ? groupsOf(options.tags) : [];
  }

  async start(): Promise<void> {
    if (this.#cancelLook !== undefined) return;
    const { sourceName, clock, writer } = this.#context;
    const inputs = new Map<string, Input>();
    const inputOf = (source: string, name: string): Input => {
      const key = JSON.stringify([source, name]);
      const known = inputs.get(key);
      if (known !== undefined) return known;
      const input = this.#follow(source, name);
      inputs.set(key, input);
      return input;
    };
    const { compiled, faults } = compileTags({
      source: sourceName,
      tags: this.#tags,
      lookup: inputOf,
      ownInput: ({ name }) => inputOf(sourceName, name),
    });
    // The configuration was judged when it was read, so this is a fault of ours.
    if (faults[0] !== undefined) throw new Error(faults[0].what);
    this.#inputs = [...inputs.values()];
    const startedMs = clock.monotonicMs();
    const byInput = new Map<Input, Derivation>();
    const onChange = this.#source.on === 'change';
    this.#derivations = compiled.map((each) => {
      const own = inputs.get(JSON.stringify([sourceName, each.tag.name]));
      const derivation = new Derivation({ ...each, own, byInput, writer, onChange, startedMs });
      if (own !== undefined) byInput.set(own, derivation);
      return derivation;
    });
    this.#readers = readersOf(this.#derivations);
    this.#look();
    this.#work();
  }

  async poll(group: PollGroup<DerivedTag>): Promise<void> {
    this.#work();
    const { clock } = this.#context;
    const due = new Set(group.tags);
    for (const derivation of this.#derivations) {
      if (due.has(derivation.tag)) this.#evaluate(derivation, (newest) => Math.max(newest, clock.now()));
    }
  }

  async stop(): Promise<void> {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#derivations = [];
    this.#inputs = [];
    this.#heard = [];
  }

  health(): Omit<SourceHealth, 'name' | 'driver'> {
    const failing = this.#derivations.filter(({ why }) => why !== undefined);
    const running = this.#cancelLook !== undefined;
    const detail =
      failing[0] === undefined
        ? ''
        : `${failing.length} of ${this.#derivations.length} tags without a value, as ${failing[0].tag.name}: ${failing[0].why}`;
    return { state: running ? 'connected' : 'stopped', detail: detail.slice(0, 500) };
  }

  #follow(source: string, name: string): Input {
    const { clock } = this.#context;
    let input: Input | undefined;
    const early: Omit<Heard, 'input'>[] = [];
    const { kind, intervalMs } = this.#context.follow(source, name, {
      sample: (time, status, value) => {
        if (input === undefined) early.push({ time, sample: { status, value } });
        else if (this.#isWorking) input.take(time, status, value, clock.monotonicMs());
        else this.#hear({ input, time, sample: { status, value } });
      },
      alive: (time) => {
        if (input !== undefined) this.#hear({ input, time, sample: undefined });
      },
    });
    const staleAfterMs = this.#source.staleAfter ?? Math.max(staleAtLeastMs, staleIntervals * intervalMs);
    input = new Input({ name: `${source}.${name}`, kind, staleAfterMs });
    for (const each of early) this.#hear({ input, ...each });
    return input;
  }

  /** Whoever writes goes on first: what belongs together is written together. */
  #hear(heard: Heard): void {
    if (this.#heard.length === 0) queueMicrotask(() => this.#work());
    this.#heard.push(heard);
  }

  #work(): void {
    const heard = this.#heard.sort((one, other) => one.time - other.time);
    this.#heard = [];
    if (this.#cancelLook === undefined) return;
    const nowMs = this.#context.clock.monotonicMs();
    for (let from = 0; from < heard.length; ) {
      let to = from;
      const touched = new Set<Input>();
      for (; heard[to]?.time === heard[from]!.time; to += 1) {
        const { input, time, sample } = heard[to]!;
        if (sample === undefined) input.alive(time, nowMs);
        else input.take(time, sample.status, sample.value, nowMs);
        touched.add(input);
      }
      if (this.#source.on === 'change') this.#workOut(touched, heard, to);
      from = to;
    }
  }

  /** Evaluates what reads the inputs touched, unless more of what came would change it as of the same time. */
  #workOut(touched: ReadonlySet<Input>, heard: readonly Heard[], next: number): void {
    for (const derivation of this.#hangingOn(touched)) {
      const newest = derivation.newest;
      let more = next;
      while (more < heard.length && heard[more]!.time <= newest && !derivation.leaves.has(heard[more]!.input))
        more += 1;
      if (more < heard.length && heard[more]!.time <= newest) continue;
      this.#evaluate(derivation, (time) => time);
    }
  }

  /** Whatever is made of these inputs, each after those it reads. */
  #hangingOn(inputs: Iterable<Input>): Derivation[] {
    const places = new Set<number>();
    for (const input of inputs) for (const place of this.#readers.get(input) ?? []) places.add(place);
    return [...places].sort((one, other) => one - other).map((place) => this.#derivations[place]!);
  }

  #evaluate(derivation: Derivation, timeOf: (newest: number) => number): void {
    this.#isWorking = true;
    try {
      derivation.evaluate(timeOf(derivation.newest), this.#context.clock.monotonicMs());
    } catch (error) {
      this.#context.log.error({ reason: messageOf(error), tag: derivation.tag.name }, 'an expression failed in itself');
      this.#context.writer.bad(derivation.tag.number, this.#context.clock.now(), StatusCode.BadUnexpectedError);
    } finally {
      this.#isWorking = false;
    }
  }

  /** Inputs that have become stale, and tags that wait for a first value for too long. */
  #look(): void {
    const { clock, writer } = this.#context;
    this.#cancelLook = clock.after(lookEveryMs, () => this.#look());
    const nowMs = clock.monotonicMs();
    const stale = this.#inputs.filter((input) => input.isStaleAt(nowMs));
    for (const input of stale) input.isStale = true;
    if (this.#source.on === 'interval') return;
    for (const derivation of this.#hangingOn(stale))
      this.#evaluate(derivation, (newest) => newest + derivation.silentMs(nowMs));
    for (const derivation of this.#derivations) {
      if (derivation.waitsTooLong(nowMs)) writer.bad(derivation.tag.number, clock.now(), derivation.giveUp());
    }
  }
}

function readersOf(derivations: readonly Derivation[]): Map<Input, number[]> {
  const readers = new Map<Input, number[]>();
  for (const [place, { leaves }] of derivations.entries()) {
    for (const input of leaves) {
      const places = readers.get(input);
      if (places === undefined) readers.set(input, [place]);
      else places.push(place);
    }
  }
  return readers;
}
