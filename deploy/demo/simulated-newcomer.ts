import { performance } from 'node:perf_hooks';
import { sleep } from '@gongfu/shared/base/clock';
import { type Answer, CommissioningDialogue } from '#edge/commissioning/dialogue';
import { ImageRecorder } from '#edge/commissioning/image-recorder';
import { Inference } from '#edge/commissioning/inference';
import { settledVerdicts, type Verdict } from '#edge/commissioning/verdict';
import { type PanelItem, unknownMachine } from './machine-layout.ts';
import { HurriedClock } from './simulation/hurried-clock.ts';
import { isTruth, WatchedMachine } from './watched-machine.ts';

export interface SimulatedNewcomerOptions {
  /** Of the machine. */
  readonly seed: string;
  /** Between two keys. */
  readonly keyMs: number;
  /** Between the look at the panel and the first key. */
  readonly lookMs: number;
}

export interface SimulatedRun {
  /** From the first question to the last word, with the time the processor really took to judge. */
  readonly seconds: number;
  readonly judgingSeconds: number;
  readonly readings: number;
  readonly tags: number;
  /** Proposed as the machine has it; where others read the same, one of them. */
  readonly right: number;
  /** Would have been written though wrong. */
  readonly wrong: readonly string[];
  /** Not settled at the end. */
  readonly open: readonly string[];
  /** More than five looks. */
  readonly looksByTag: Readonly<Record<string, number>>;
}

/** A machine that has just been switched on would not have moved yet. */
const beganMs = 600_000;
const imagesEveryMs = 500;
const manyLooks = 5;

/**
 * The newcomer of `newcomer.ts` in simulated time: the same dialogue over the same registers, without wire and keyboard, so that
 * many machines can be tried. Only judging takes the time it takes.
 */
export class SimulatedNewcomer {
  readonly #options: SimulatedNewcomerOptions;
  readonly #machine: WatchedMachine;
  readonly #clock = new HurriedClock(beganMs);
  readonly #looks = new Map<string, number>();
  readonly #names: string[];
  #named: PanelItem | undefined;
  #judgingMs = 0;
  #answeredAt = 0;

  constructor(options: SimulatedNewcomerOptions) {
    this.#options = options;
    this.#machine = new WatchedMachine(unknownMachine(options.seed));
    this.#names = this.#machine.panel.map(({ name }) => name);
  }

  async run(): Promise<SimulatedRun> {
    const clock = this.#clock;
    const take = async () => this.#machine.imageAt(clock.now());
    const recorder = new ImageRecorder({ take, clock, periodMs: imagesEveryMs });
    await recorder.start();
    const inference = new Inference(this.#machine.windows, recorder.images);
    const terminal = { ask: (question: string) => this.#answer(question), say: () => {} };
    this.#answeredAt = performance.now();
    const dialogue = new CommissioningDialogue({ terminal, recorder, inference, clock, language: 'en' });
    const tags = await dialogue.run();
    await this.#judged();
    const seconds = (clock.now() - beganMs) / 1_000;
    inference.forget(tags);
    const findings = inference.findings(tags, recorder.images);
    await recorder.stop();
    const sum = { right: 0, wrong: [] as string[], open: [] as string[] };
    for (const { tag, verdict, best, equals } of findings) {
      const { truth } = this.#itemOf(tag.name);
      const proposed = best === undefined ? [] : [best, ...(verdict === 'equal' ? equals : [])];
      const isRight = proposed.some((one) => isTruth(one, truth));
      if (isRight) sum.right += 1;
      else if (settledVerdicts.includes(verdict)) sum.wrong.push(tag.name);
      if ((['open', 'none'] satisfies Verdict[] as Verdict[]).includes(verdict)) sum.open.push(tag.name);
    }
    return {
      seconds: Math.round(seconds),
      judgingSeconds: Math.round(this.#judgingMs / 100) / 10,
      readings: [...this.#looks.values()].reduce((all, looks) => all + looks, 0),
      tags: tags.length,
      ...sum,
      looksByTag: Object.fromEntries([...this.#looks].filter(([, looks]) => looks > manyLooks)),
    };
  }

  async #answer(question: string): Promise<Answer> {
    await this.#judged();
    const again = /^ {2}(\S+) \(last .*\): $/.exec(question)?.[1];
    let text = '';
    if (question.endsWith('no more): ')) {
      text = this.#names.shift() ?? '';
      this.#named = text === '' ? undefined : this.#itemOf(text);
    } else if (question.endsWith('for none): ')) text = this.#named!.unit;
    else text = await this.#look(again === undefined ? this.#named! : this.#itemOf(again));
    const firstKeyMs = this.#clock.now();
    await sleep(this.#clock, (text.length + 1) * this.#options.keyMs);
    this.#answeredAt = performance.now();
    return { text, firstKeyMs };
  }

  async #look(item: PanelItem): Promise<string> {
    this.#looks.set(item.name, (this.#looks.get(item.name) ?? 0) + 1);
    const text = item.shows(this.#clock.now());
    await sleep(this.#clock, this.#options.lookMs);
    return text;
  }

  /** Whoever sits there waits while it is judged, and registers go on being read. */
  async #judged(): Promise<void> {
    const tookMs = performance.now() - this.#answeredAt;
    this.#judgingMs += tookMs;
    await sleep(this.#clock, tookMs);
  }

  #itemOf(name: string): PanelItem {
    return this.#machine.panel.find((item) => item.name === name)!;
  }
}
