import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Ledger } from './ledger.ts';
import { type Line, totalsOf } from './line.ts';
import type { PlantTime } from './plant-time.ts';
import type { TotalsFile } from './totals-file.ts';

/** Longest time between two looks at the clock, so that a clock set forward is noticed. */
const lookEveryMs = 1_000;

export interface PlantRunOptions {
  readonly clock: Clock;
  readonly time: PlantTime;
  readonly line: Line;
  readonly ledger: Ledger;
  readonly totals?: TotalsFile | undefined;
  /** Called after each event, with the whole UTC epoch ms at which it happened. */
  readonly onEvent?: ((wallMs: number) => void) | undefined;
}

/** Moves a line along with the time: every event happens at its own instant, however late the process gets to it. */
export class PlantRun implements Part {
  readonly #options: PlantRunOptions;
  #cancelLook: (() => void) | undefined;

  constructor(options: PlantRunOptions) {
    this.#options = options;
  }

  /** Begins the ledger; the plant stands still until `run`. */
  async start(): Promise<void> {
    const { clock, line, ledger } = this.#options;
    const conditions = [...line.machines.values()].map(({ id, condition }) => [id, condition] as const);
    ledger.begin(conditions, clock.now());
  }

  async stop(): Promise<void> {
    this.freeze();
    this.#options.ledger.end();
  }

  run(): void {
    this.#options.time.run();
    this.advance();
  }

  /** Everything due happens, then time stands still; the ledger is complete and durable up to this moment. */
  freeze(): void {
    const { clock, time, ledger } = this.#options;
    this.advance();
    time.freeze();
    this.#cancelLook?.();
    ledger.seal(clock.now());
  }

  /** Brings the plant to the present; returns the plant time, ms with fraction. */
  advance(): number {
    const { time, line, ledger, totals, onEvent } = this.#options;
    const nowMs = time.nowMs();
    if (!time.running) return nowMs;
    line.agenda.advance(nowMs, () => onEvent?.(time.wallOf(line.agenda.nowMs)));
    ledger.commit();
    totals?.write(totalsOf(line));
    this.#lookAgain();
    return nowMs;
  }

  #lookAgain(): void {
    const { clock, time, line } = this.#options;
    const nextMs = line.agenda.nextMs;
    const waitMs = nextMs === undefined ? lookEveryMs : (nextMs - time.nowMs()) / time.speed;
    this.#cancelLook?.();
    this.#cancelLook = clock.after(Math.ceil(Math.min(lookEveryMs, Math.max(1, waitMs))), () => this.advance());
  }
}
