import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';
import { type Acceptance, type AcceptedSource, acceptanceOf, candidatesOf } from './acceptance.ts';
import { valueText } from './evidence.ts';
import { hypothesisText } from './hypothesis-words.ts';
import { Inference } from './inference.ts';
import type { PanelTag } from './panel.ts';
import { Weighing } from './weighing.ts';

export interface JudgeRequest {
  readonly gateway: string;
  readonly source: AcceptedSource;
  readonly tags: readonly PanelTag[];
  /** Name of a tag and text of the hypothesis a person chose for it. */
  readonly choices: readonly (readonly [name: string, choice: string])[];
  /** Weighs all tags over all images once more: for the last word. */
  readonly anew: boolean;
  /** UTC epoch ms. */
  readonly nowMs: number;
}

export interface Judged {
  readonly acceptance: Acceptance;
  /** In the order of the tags: what could be chosen, the proposal first. */
  readonly candidates: readonly (readonly string[])[];
}

/** How a tag stands at this moment, in the order of the tags judged last. */
export interface TagNow {
  /** What the proposal reads; '' where there is none. */
  readonly value: string;
  /** Whether a look at the panel now would tell something. */
  readonly worthALook: boolean;
}

/** Whoever judges for the page: in a process of its own, as a judgement can take a second in which no poll would be served. */
export interface JudgeDoor {
  begin(windows: readonly RegisterWindow[]): Promise<void>;
  /** False when no more fit into memory. */
  image(image: RegisterImage): Promise<boolean>;
  judge(request: JudgeRequest): Promise<Judged>;
  now(): Promise<readonly TagNow[]>;
}

export interface WrittenSource {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly tags: readonly Readonly<Record<string, unknown>>[];
}

/** The process that judges. It writes the configuration too, as that is judged before, which can take as long. */
export interface JudgeLine extends JudgeDoor {
  /** @throws Problem `config-invalid`, `config-unwritable` */
  write(source: WrittenSource): Promise<void>;
  /** As `write` would put it into a configuration. */
  yaml(source: WrittenSource): Promise<string>;
  stop(): Promise<void>;
}

/** Register values kept of one recording; eight bytes each. */
const valuesMax = 4_000_000;
const candidatesMax = 12;

/** Keeps the images of a recording and judges what the panel showed against them, again after each reading. */
export class Judge implements JudgeDoor {
  readonly #valuesMax: number;
  #images: RegisterImage[] = [];
  #windows: readonly RegisterWindow[] = [];
  #inference: Inference | undefined;
  #weighing: Weighing | undefined;
  #tags: readonly PanelTag[] = [];

  constructor(options: { readonly valuesMax?: number } = {}) {
    this.#valuesMax = options.valuesMax ?? valuesMax;
  }

  async begin(windows: readonly RegisterWindow[]): Promise<void> {
    this.#windows = windows;
    this.#images = [];
    this.#tags = [];
    this.#inference = undefined;
    this.#weighing = undefined;
  }

  async image(image: RegisterImage): Promise<boolean> {
    const size = this.#windows.reduce((sum, { count }) => sum + count, 0);
    if ((this.#images.length + 1) * size > this.#valuesMax) return false;
    this.#images.push(image);
    return true;
  }

  async judge({ tags, choices, anew, ...scene }: JudgeRequest): Promise<Judged> {
    const [inference, weighing] = this.#made();
    // One that is as before is not weighed again.
    const known = new Map(anew ? [] : this.#tags.map((tag) => [tag.name, tag]));
    this.#tags = tags.map((tag) => {
      const before = known.get(tag.name);
      return before !== undefined && JSON.stringify(before) === JSON.stringify(tag) ? before : { ...tag };
    });
    const findings = weighing.findings(this.#tags);
    const acceptance = acceptanceOf({
      ...scene,
      windows: this.#windows,
      images: this.#images,
      findings,
      inference,
      choices: new Map(choices),
    });
    const candidates = findings.map((finding) =>
      [...new Set(candidatesOf(finding).map(hypothesisText))].slice(0, candidatesMax),
    );
    return { acceptance, candidates };
  }

  async now(): Promise<readonly TagNow[]> {
    const latest = this.#images.at(-1);
    if (latest === undefined || this.#tags.length === 0) return [];
    const [inference, weighing] = this.#made();
    const unsettled = weighing.unsettled(this.#tags);
    return weighing.findings(this.#tags).map((finding) => ({
      value: finding.best === undefined ? '' : valueText(inference.valueOf(finding.best, latest)),
      worthALook: unsettled.includes(finding) && weighing.isWorthALook(finding),
    }));
  }

  /** Made when it is first needed: the images so far tell which registers there are. */
  #made(): [Inference, Weighing] {
    this.#inference ??= new Inference(this.#windows, this.#images);
    const inference = this.#inference;
    this.#weighing ??= new Weighing({ inference, images: () => this.#images });
    return [inference, this.#weighing];
  }
}
