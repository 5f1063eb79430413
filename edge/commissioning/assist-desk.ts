import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { ReloadReport } from '../configuration/reload-report.ts';
import type { RegisterWindow } from '../drivers/modbus/register-image.ts';
import type { AcceptedTag } from './acceptance.ts';
import { keysUnder } from './hypothesis-words.ts';
import type { JudgeLine, WrittenSource } from './judge.ts';
import { Recording } from './recording.ts';
import type { OpenSource, SourceRequest } from './source-request.ts';
import { settledVerdicts } from './verdict.ts';

/** A source of the configuration by its name, or with `described` one that is to have this name; and what to read of it. */
export interface AssistTarget {
  readonly name: string;
  readonly described?: SourceRequest | undefined;
  /** Of a source of the configuration: another unit on its line than its own. */
  readonly unit?: number | undefined;
  readonly windows: readonly RegisterWindow[];
}

export interface AssistDeskOptions {
  readonly gateway: string;
  /** Sources of the configuration it can read. */
  readonly sources: () => readonly string[];
  /** Names that are taken, whatever the driver. */
  readonly takenNames: () => readonly string[];
  /** @throws Problem where the target cannot be read */
  readonly open: (target: AssistTarget) => Promise<OpenSource>;
  readonly startJudge: () => JudgeLine;
  readonly reload: () => Promise<ReloadReport>;
  /** Why the gateway's own file is not to be written; undefined when it may be. */
  readonly refuseWriting: () => Problem | undefined;
  readonly clock: Clock;
}

/** Nobody has looked for so long: the recording ends, and its memory is given back. */
const idleMs = 30 * 60_000;

/** The assistant behind the local page: one recording at a time on the whole gateway, whoever began it. */
export class AssistDesk {
  readonly #options: AssistDeskOptions;
  #recording: Recording | undefined;
  #beginning = false;
  #cancelIdle: () => void = () => {};

  constructor(options: AssistDeskOptions) {
    this.#options = options;
  }

  /** Ends whatever is under way. */
  async stop(): Promise<void> {
    await this.discard();
  }

  get sources(): readonly string[] {
    return this.#options.sources();
  }

  /** The one under way or ended; undefined when there is none. Somebody looks at it. */
  look(): Recording | undefined {
    this.#cancelIdle();
    if (this.#recording !== undefined) this.#cancelIdle = this.#options.clock.after(idleMs, () => void this.discard());
    this.#recording?.look();
    return this.#recording;
  }

  /** @throws Problem `assist-busy`, `assist-source-silent`, and whatever `open` says */
  async begin(target: AssistTarget): Promise<void> {
    if (this.#beginning || this.#recording?.state === 'running') throw busy();
    if (target.described !== undefined) this.#requireFree(target.name);
    this.#beginning = true;
    try {
      await this.discard();
      const { gateway, open, startJudge, clock } = this.#options;
      const source = await open(target);
      const recording = new Recording({ gateway, source, windows: target.windows, judge: startJudge(), clock });
      await recording.start();
      this.#recording = recording;
      this.look();
    } finally {
      this.#beginning = false;
    }
  }

  /** Ends it and forgets all that was recorded. */
  async discard(): Promise<void> {
    this.#cancelIdle();
    const recording = this.#recording;
    this.#recording = undefined;
    await recording?.stop();
  }

  /**
   * Ends the recording, puts what is settled or chosen into the configuration and lets the agent read it.
   * @throws Problem `assist-source-taken`, `assist-absent`, `assist-nothing`, `config-invalid`, `config-unwritable`
   */
  async write(withLikely: boolean): Promise<ReloadReport> {
    const recording = this.recording();
    const refusal = this.#options.refuseWriting();
    if (refusal !== undefined) throw refusal;
    this.#written(recording, withLikely);
    await recording.end('stopped');
    // What holds is the last word, over everything that was read.
    const source = this.#written(recording, withLikely);
    await recording.judge.write(source);
    const report = await this.#options.reload();
    recording.written = { source, report };
    return report;
  }

  /** What `write` would write, as YAML to put in by hand. @throws like it, and writes nothing */
  async yaml(withLikely: boolean): Promise<string> {
    const recording = this.recording();
    return recording.judge.yaml(this.#written(recording, withLikely));
  }

  /** @throws Problem `assist-source-taken` */
  #requireFree(name: string): void {
    if (!this.#options.takenNames().includes(name)) return;
    throw new Problem({
      code: 'assist-source-taken',
      detail: `a source named ${name} is configured already`,
      advice: 'Take another name; to add tags to a source that is there, choose it in the list.',
      reaction: 'drop',
    });
  }

  /** @throws Problem `assist-absent` */
  recording(): Recording {
    if (this.#recording !== undefined) return this.#recording;
    throw new Problem({
      code: 'assist-absent',
      detail: 'there is no recording any more',
      advice: 'Begin one.',
      reaction: 'drop',
    });
  }

  #written(recording: Recording, withLikely: boolean): WrittenSource {
    const { source, choices, judged } = recording;
    if (source.isNew && recording.written === undefined) this.#requireFree(source.name);
    const tags = (judged?.acceptance.tags ?? []).filter((tag) => isTaken(tag, choices, withLikely));
    if (tags.length === 0) {
      throw new Problem({
        code: 'assist-nothing',
        detail: 'no tag is settled or chosen, so there is nothing to write',
        advice: 'Read the panel again, or choose a reading for a tag.',
        reaction: 'drop',
      });
    }
    return { name: source.name, keys: source.keys, tags: tags.map(tagIn(source)) };
  }
}

function tagIn({ byteOrder, tagKeys }: OpenSource): (tag: AcceptedTag) => Readonly<Record<string, unknown>> {
  return ({ keys }) => ({ ...keysUnder(byteOrder, keys!), ...tagKeys });
}

/** Whether a tag goes into the configuration; `choices` has '' for what a person left out. */
export function isTaken(
  { name, keys, verdict, byHand }: AcceptedTag,
  choices: ReadonlyMap<string, string>,
  withLikely: boolean,
): boolean {
  if (keys === undefined || choices.get(name) === '') return false;
  return byHand === true || settledVerdicts.includes(verdict) || (withLikely && verdict === 'likely');
}

function busy(): Problem {
  return new Problem({
    code: 'assist-busy',
    detail: 'a recording is under way on this gateway',
    advice: 'Go on with it, or end it first.',
    reaction: 'drop',
  });
}
