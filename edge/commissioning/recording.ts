import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf, Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { nameFault } from '@gongfu/shared/model/name-text';
import type { ReloadReport } from '../configuration/reload-report.ts';
import { type ModbusAddress, parseAddress } from '../drivers/modbus/address.ts';
import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';
import { ImageRecorder } from './image-recorder.ts';
import type { Judged, JudgeLine, TagNow, WrittenSource } from './judge.ts';
import type { PanelReading, PanelTag } from './panel.ts';
import { parsePanelValue } from './panel-value.ts';
import type { OpenSource } from './source-request.ts';

/** What somebody typed off the panel. */
export interface PanelEntry {
  readonly name: string;
  readonly unit: string;
  /** What the manual says; '' when it says nothing. */
  readonly manual: string;
  readonly text: string;
  /** When the panel may have been looked at, UTC epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

export type EndReason = 'stopped' | 'time' | 'memory' | 'failed';

export interface RecordingOptions {
  readonly gateway: string;
  readonly source: OpenSource;
  readonly windows: readonly RegisterWindow[];
  readonly judge: JudgeLine;
  readonly clock: Clock;
}

/** How often all windows are read, unless the source is slower. */
const periodMs = 500;
const lengthMaxMs = 60 * 60_000;
const tagsMax = 200;
const readingsMax = 50;
const unitLengthMax = 50;
/** Images the judge has not taken yet; while it is busy more are left out. */
const waitingMax = 20;
/** Somebody looked at the page so lately that what is shown is kept fresh. */
const lookedMs = 10_000;

/** One run of the assistant: registers being read, what the panel showed meanwhile, and what has been found out. */
export class Recording {
  readonly source: OpenSource;
  readonly windows: readonly RegisterWindow[];
  readonly judge: JudgeLine;
  readonly startedMs: number;
  tags: readonly PanelTag[] = [];
  /** By the name of the tag: the text of the hypothesis chosen, '' for "leave it out". */
  readonly choices = new Map<string, string>();
  judged: Judged | undefined;
  /** In the order of the tags judged last. */
  now: readonly TagNow[] = [];
  images = 0;
  latest: RegisterImage | undefined;
  endedMs: number | undefined;
  endReason: EndReason | undefined;
  /** Why judging failed. */
  failure = '';
  written: { readonly source: WrittenSource; readonly report: ReloadReport } | undefined;
  readonly #options: RecordingOptions;
  readonly #recorder: ImageRecorder;
  #waiting = 0;
  #asking = false;
  #forgotten = false;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #cancelEnd: () => void = () => {};
  #last: Promise<unknown> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(options: RecordingOptions) {
    const { source, windows, judge, clock } = options;
    this.#options = options;
    this.source = source;
    this.windows = windows;
    this.judge = judge;
    this.startedMs = clock.now();
    const onImage = (image: RegisterImage) => this.#pass(image);
    this.#recorder = new ImageRecorder({ take: () => source.take(), clock, periodMs, onImage, keptMax: 1 });
  }

  get state(): 'running' | 'ended' {
    return this.endReason === undefined ? 'running' : 'ended';
  }

  /** Why the last attempt to read brought nothing; '' when it did. */
  get trouble(): string {
    return this.#recorder.fault === undefined ? '' : messageOf(this.#recorder.fault);
  }

  /** @throws Problem `assist-source-silent` when nothing can be read; then all is released again */
  async start(): Promise<void> {
    const { source, judge, windows, clock } = this.#options;
    try {
      await judge.begin(windows);
      await source.start();
      await this.#recorder.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#cancelEnd = clock.after(lengthMaxMs, () => void this.end('time'));
  }

  /** No register is read any more; what was found out stays. */
  end(reason: EndReason): Promise<void> {
    this.endReason ??= reason;
    this.#ending ??= this.#release();
    return this.#ending;
  }

  /** Ends it without a last word, and the judge too. */
  async stop(): Promise<void> {
    this.#forgotten = true;
    await this.end('stopped');
    await this.judge.stop();
  }

  /** Somebody looks: what moves is kept fresh for a while. */
  look(): void {
    this.#lookedMs = this.#options.clock.monotonicMs();
  }

  /**
   * Takes what was typed, all of it or nothing, and judges anew.
   * @throws Problem `panel-entry-invalid` with all that is wrong, `panel-reading-unseen`
   */
  async note(entries: readonly PanelEntry[]): Promise<void> {
    const faults = entries.flatMap((entry): ProblemPlace[] => {
      const read = this.#read(entry);
      return Array.isArray(read) ? read.map((what) => ({ where: entry.name, what })) : [];
    });
    if (entries.length === 0) faults.push({ where: '', what: 'nothing was typed' });
    const twice = entries.find(({ name }, place) => entries.findIndex((one) => one.name === name) < place);
    if (twice !== undefined) faults.push({ where: twice.name, what: 'was typed twice' });
    if (faults.length > 0) throw entryInvalid(faults);
    if (this.state === 'ended') throw unseen('the recording has ended');
    await this.#recorder.reached(Math.max(...entries.map(({ toMs }) => toMs)));
    const early = Math.min(...entries.map(({ fromMs }) => fromMs)) - this.#recorder.paceMs;
    if ((this.latest?.atMs ?? 0) < early) throw unseen(this.trouble);
    await this.#inTurn(async () => {
      // Once more: somebody else may have typed meanwhile.
      const read = entries.flatMap((entry): PanelTag[] => {
        const tag = this.#read(entry);
        return Array.isArray(tag) ? [] : [tag];
      });
      const changed = new Map(read.map((tag) => [tag.name, tag]));
      const kept = this.tags.map((tag) => changed.get(tag.name) ?? tag);
      const names = new Set(kept.map(({ name }) => name));
      this.tags = [...kept, ...read.filter(({ name }) => !names.has(name))];
      await this.#judge(false);
    });
  }

  /** Chooses a candidate for a tag by its text, '' to leave it out, undefined to go back to the proposal. */
  async choose(name: string, choice: string | undefined): Promise<void> {
    if (choice === undefined) this.choices.delete(name);
    else this.choices.set(name, choice);
    await this.#inTurn(() => this.#judge(false));
  }

  /** Forgets a reading that was a slip; with the last one the tag. */
  async forget(name: string, place: number): Promise<void> {
    await this.#inTurn(async () => {
      this.tags = this.tags.flatMap((tag) => {
        if (tag.name !== name) return [tag];
        const readings = tag.readings.toSpliced(place, 1);
        return readings.length === 0 ? [] : [{ ...tag, readings }];
      });
      await this.#judge(false);
    });
  }

  /** The tag with the reading, or all that is wrong with it. */
  #read({ name, unit, manual, text, fromMs, toMs }: PanelEntry): PanelTag | string[] {
    const known = this.tags.find((tag) => tag.name === name);
    const shown = parsePanelValue(text);
    const hint = hintOf(manual);
    const wrong = [nameFault(name), typeof shown === 'string' ? shown : undefined].filter((one) => one !== undefined);
    if (typeof hint === 'string') wrong.push(hint);
    if (unit.length > unitLengthMax) wrong.push(`the unit has more than ${unitLengthMax} characters`);
    if (known === undefined && this.tags.length >= tagsMax) wrong.push(`there are ${tagsMax} values already`);
    if ((known?.readings.length ?? 0) >= readingsMax) wrong.push(`was read ${readingsMax} times already`);
    const kind = known?.readings[0]?.shown.kind;
    if (typeof shown !== 'string' && kind !== undefined && kind !== shown.kind)
      wrong.push(`was a ${kind === 'state' ? 'lamp' : 'number'} before`);
    if (wrong.length > 0 || typeof shown === 'string' || typeof hint === 'string') return wrong;
    const reading: PanelReading = { atMs: toMs, fromMs, toMs, shown };
    if (known !== undefined) return { ...known, readings: [...known.readings, reading] };
    return { name, unit, readings: [reading], ...(hint === undefined ? {} : { hint }) };
  }

  async #judge(anew: boolean): Promise<void> {
    const { gateway, source, clock } = this.#options;
    if (this.tags.length === 0) {
      this.judged = undefined;
      this.now = [];
      return;
    }
    const { name, place, unitId } = source;
    this.judged = await this.judge.judge({
      gateway,
      source: { name, place, unitId },
      tags: this.tags,
      choices: [...this.choices].filter(([, choice]) => choice !== ''),
      anew,
      nowMs: clock.now(),
    });
    this.now = await this.judge.now();
  }

  #inTurn<R>(step: () => Promise<R>): Promise<R> {
    const turn = this.#last.then(step);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #pass(image: RegisterImage): void {
    this.images += 1;
    this.latest = image;
    if (this.#waiting >= waitingMax) return;
    this.#waiting += 1;
    this.judge
      .image(image)
      .then((kept) => {
        this.#waiting -= 1;
        if (!kept) return this.end('memory');
        return this.#freshen();
      })
      .catch((error: unknown) => {
        this.failure = messageOf(error);
        return this.end('failed');
      });
  }

  async #freshen(): Promise<void> {
    const looked = this.#options.clock.monotonicMs() - this.#lookedMs < lookedMs;
    if (!looked || this.#asking || this.judged === undefined) return;
    this.#asking = true;
    try {
      this.now = await this.judge.now();
    } finally {
      this.#asking = false;
    }
  }

  /** Never rejects: it also ends by itself, when nobody would hear. */
  async #release(): Promise<void> {
    this.#cancelEnd();
    try {
      await this.#recorder.stop();
      await this.source.stop();
      // The last word, over everything that was read.
      if (this.endReason !== 'failed' && !this.#forgotten) await this.#inTurn(() => this.#judge(true));
    } catch (error) {
      this.failure = messageOf(error);
    }
    this.endedMs = this.#options.clock.now();
  }
}

/** The address, undefined where nothing is said, or what is wrong with it. */
function hintOf(manual: string): ModbusAddress | undefined | string {
  if (manual === '') return undefined;
  const address = parseAddress(manual);
  return typeof address === 'string' ? address : { area: address.area, register: address.register };
}

function unseen(why: string): Problem {
  return new Problem({
    code: 'panel-reading-unseen',
    detail: `no register was read when the panel was looked at: ${why}`,
    advice: 'Look again when registers are being read.',
    reaction: 'drop',
  });
}

function entryInvalid(places: readonly ProblemPlace[]): Problem {
  return new Problem({
    code: 'panel-entry-invalid',
    detail: `what was typed was not taken: ${places.map(({ where, what }) => `${where} ${what}`.trim()).join('; ')}`,
    advice: 'Correct what is named and send it again.',
    reaction: 'drop',
    places,
  });
}
