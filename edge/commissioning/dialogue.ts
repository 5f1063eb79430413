import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { verdictWords } from './acceptance-page.ts';
import { openQuestion, valueText } from './evidence.ts';
import { hypothesisText } from './hypothesis-words.ts';
import type { ImageRecorder } from './image-recorder.ts';
import type { Finding, Inference } from './inference.ts';
import { lookBackMs, type PanelReading, type PanelTag } from './panel.ts';
import { parsePanelValue } from './panel-value.ts';
import { Weighing } from './weighing.ts';

export type Language = 'zh' | 'en';

export interface Answer {
  readonly text: string;
  /** When the first key of it was pressed, UTC epoch ms. */
  readonly firstKeyMs: number;
}

/** Whoever sits before the keyboard. */
export interface Terminal {
  /** Undefined when there will be no more answers. */
  ask(question: string): Promise<Answer | undefined>;
  say(line: string): void;
}

export interface DialogueOptions {
  readonly terminal: Terminal;
  readonly recorder: ImageRecorder;
  readonly inference: Inference;
  readonly clock: Clock;
  readonly language: Language;
}

const roundsMax = 100;
/** How long a change is waited for. */
const waitMs = 500;
const waitsMax = 30;

const words = {
  zh: {
    begin: '请逐一输入面板上的数值。先看面板，随即输入。',
    name: '面板上一个数值的名称（直接回车表示没有更多）：',
    unit: '  单位，如 Cel、bar、mm（直接回车表示无单位）：',
    value: '  面板现在显示：',
    twice: '  已经有这个名称，请换一个。',
    again: '等数值变化后再看一次。直接回车跳过，输入 . 结束。',
    waiting: '等待数值变化……',
    settled: '全部已定。',
    last: '上次',
  },
  en: {
    begin: 'Type the values of the panel one by one. Look at the panel first, then type at once.',
    name: 'Name of a value on the panel (Enter alone when there are no more): ',
    unit: '  its unit, as Cel, bar, mm (Enter alone for none): ',
    value: '  the panel shows now: ',
    twice: '  This name is there already, take another.',
    again: 'Now look again where the value has changed. Enter alone skips, . ends.',
    waiting: 'Waiting for a value to change …',
    settled: 'All is settled.',
    last: 'last',
  },
} as const;

/** Asks for the values of a panel, again and again until each is settled or the person has had enough. */
export class CommissioningDialogue {
  readonly #options: DialogueOptions;
  readonly #words: (typeof words)[Language];
  readonly #weighing: Weighing;
  #tags: readonly PanelTag[] = [];

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#words = words[options.language];
    const { inference, recorder } = options;
    this.#weighing = new Weighing({ inference, images: () => recorder.images });
  }

  /** What was seen on the panel; empty when nothing was named. */
  async run(): Promise<readonly PanelTag[]> {
    this.#options.terminal.say(this.#words.begin);
    while (await this.#askTag());
    for (let round = 0; round < roundsMax && this.#unsettled().length > 0; round += 1) {
      this.#options.terminal.say(this.#words.again);
      if (!(await this.#askRound())) break;
    }
    if (this.#tags.length > 0 && this.#unsettled().length === 0) this.#options.terminal.say(this.#words.settled);
    return this.#tags;
  }

  async #askTag(): Promise<boolean> {
    const { terminal } = this.#options;
    const name = (await terminal.ask(this.#words.name))?.text.trim() ?? '';
    if (name === '') return false;
    if (this.#tags.some((tag) => tag.name === name)) {
      terminal.say(this.#words.twice);
      return true;
    }
    const unit = await terminal.ask(this.#words.unit);
    const reading = await this.#askReading(this.#words.value);
    if (unit === undefined || reading === undefined) return false;
    if (reading !== 'nothing') this.#take({ name, unit: unit.text.trim(), readings: [reading] });
    return true;
  }

  /** False when the person ends it, or has skipped all. */
  async #askRound(): Promise<boolean> {
    let answers = 0;
    for (const { name } of await this.#worthAsking()) {
      const tag = this.#tags.find((one) => one.name === name)!;
      if (!this.#unsettled().includes(tag)) continue;
      const last = tag.readings.at(-1)!.shown.text;
      const reading = await this.#askReading(`  ${name} (${this.#words.last} ${last}): `);
      if (reading === undefined) return false;
      if (reading === 'nothing') continue;
      answers += 1;
      this.#take({ ...tag, readings: [...tag.readings, reading] });
    }
    return answers > 0;
  }

  /** Tags whose register says that the panel now shows something new; when there is none for a while, all that are not settled. */
  async #worthAsking(): Promise<readonly PanelTag[]> {
    const { clock, terminal } = this.#options;
    for (let waits = 0; waits < waitsMax; waits += 1) {
      const moved = this.#weighing.unsettled(this.#tags).filter((finding) => this.#weighing.isWorthALook(finding));
      if (moved.length > 0) return moved.map(({ tag }) => tag);
      if (waits === 0) terminal.say(this.#words.waiting);
      await sleep(clock, waitMs);
    }
    return this.#unsettled();
  }

  /** Asks until the answer can be read; 'nothing' for an empty one, undefined for the end. */
  async #askReading(question: string): Promise<PanelReading | 'nothing' | undefined> {
    const { terminal, recorder } = this.#options;
    for (;;) {
      const answer = await terminal.ask(question);
      if (answer === undefined || answer.text.trim() === '.') return undefined;
      if (answer.text.trim() === '') return 'nothing';
      const shown = parsePanelValue(answer.text);
      const atMs = answer.firstKeyMs;
      if (typeof shown !== 'string') {
        await recorder.reached(atMs);
        return { atMs, fromMs: atMs - lookBackMs, toMs: atMs, shown };
      }
      terminal.say(`  ${shown}`);
    }
  }

  #take(tag: PanelTag): void {
    const place = this.#tags.findIndex(({ name }) => name === tag.name);
    this.#tags = place < 0 ? [...this.#tags, tag] : this.#tags.with(place, tag);
    const finding = this.#weighing.findings(this.#tags).find((one) => one.tag === tag);
    if (finding !== undefined) this.#options.terminal.say(`  → ${this.#findingText(finding)}`);
  }

  #findingText(finding: Finding): string {
    const { language, inference, recorder } = this.#options;
    const { verdict, best, rivals } = finding;
    const said = verdictWords[verdict][language];
    if (best === undefined)
      return `${said}. ${openQuestion(finding, inference, recorder.images.at(-1)!)?.[language] ?? ''}`;
    const now = valueText(inference.valueOf(best, recorder.images.at(-1)!));
    const others = rivals.length === 0 ? '' : ` (+${rivals.length})`;
    return `${said}: ${hypothesisText(best)} = ${now}${others}`;
  }

  #unsettled(): PanelTag[] {
    return this.#weighing.unsettled(this.#tags).map(({ tag }) => tag);
  }
}
