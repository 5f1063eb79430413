import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { PastRecorder } from './past-recorder.ts';
import type { PlantValue } from './register-image.ts';
import type { Ledger } from './simulation/ledger.ts';
import { type Line, totalsOf } from './simulation/line.ts';
import type { TotalsFile } from './simulation/totals-file.ts';

/** A value of the plant by the name of its tag. */
interface NamedSignal {
  readonly name: string;
  readonly read: (plantMs: number) => PlantValue;
}

export interface PastLineOptions {
  readonly line: Line;
  readonly signals: readonly NamedSignal[];
  /** The tags to be recorded. */
  readonly declarations: readonly TagDeclaration[];
  readonly ledger: Ledger;
  readonly totals: TotalsFile;
  readonly speed: number;
  /** UTC epoch ms at which the past begins. */
  readonly fromMs: number;
}

/** Of these tags the value changes with the line's events alone, so that each event has its own time. */
const stepTags = /\.(state|state-detail|total|good|scrap|processed|defective|cycle-time|alarm)$/;

/** A line whose past is lived through in one go: its ledger, its samples, and the counters with which it goes on. */
export class PastLine {
  readonly recorder: PastRecorder;
  readonly #options: PastLineOptions;

  constructor(options: PastLineOptions) {
    this.#options = options;
    const byName = new Map(options.signals.map((signal) => [signal.name, signal]));
    this.recorder = new PastRecorder(
      options.declarations.map((declaration) => {
        const signal = byName.get(declaration.name);
        if (signal === undefined) throw new RangeError(`The line shows no ${declaration.name}.`);
        return { declaration, isStep: stepTags.test(declaration.name), read: signal.read };
      }),
    );
  }

  begin(): void {
    const { line, ledger, fromMs } = this.#options;
    const conditions = [...line.machines.values()].map(({ id, condition }) => [id, condition] as const);
    ledger.begin(conditions, fromMs);
    this.recorder.restate(0, fromMs);
  }

  /** Everything up to `wallMs` happens. */
  advance(wallMs: number): void {
    const { line, ledger, speed, fromMs } = this.#options;
    const { agenda } = line;
    const plantMs = (wallMs - fromMs) * speed;
    agenda.advance(plantMs, () => this.recorder.note(agenda.nowMs, Math.round(fromMs + agenda.nowMs / speed)));
    this.recorder.restate(plantMs, wallMs);
    ledger.commit();
  }

  end(wallMs: number): void {
    const { line, ledger, totals } = this.#options;
    ledger.seal(wallMs);
    ledger.end();
    totals.write(totalsOf(line));
  }
}
