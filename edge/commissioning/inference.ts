import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';
import { type Layout, RawValues } from './layouts.ts';
import type { PanelReading, PanelTag } from './panel.ts';
import { imagesOf, type Scoring, score } from './scoring.ts';
import { type Claims, type Judgement, judge } from './verdict.ts';

/** What is found out about one tag. */
export interface Finding extends Judgement {
  readonly tag: PanelTag;
  readonly scoring: Scoring;
}

/** A layout by its place among all, and a scale. */
interface Placed {
  readonly place: number;
  readonly scale: number;
}

/** What was settled in one round can settle others in the next. */
const roundsMax = 6;

/**
 * From what registers held over time and what a panel showed to where each tag lies and how it is read. Pure: what is once
 * given is judged the same for ever. Each tag is weighed alone, then beside the registers the others have settled.
 */
export class Inference {
  readonly #raw: RawValues;
  /** Of tags as they are: one with another reading is another tag. */
  readonly #scorings = new WeakMap<PanelTag, Scoring>();

  /** `images` tell which registers there are. */
  constructor(windows: readonly RegisterWindow[], images: readonly RegisterImage[]) {
    this.#raw = new RawValues(windows, images);
  }

  /** In the order of the tags, each with a reading at least. A tag already weighed is not weighed again over later images until it is forgotten. */
  findings(tags: readonly PanelTag[], images: readonly RegisterImage[]): Finding[] {
    const scorings = tags.map((tag) => this.#scoringOf(tag, images));
    const judgeAll = (claims: readonly Claims[]) =>
      scorings.map((scoring, place) => judge(scoring, this.#raw, claims.toSpliced(place, 1)));
    let judgements = judgeAll([]);
    for (let round = 1; round < roundsMax; round += 1) {
      const claims = judgements.map((judgement) => judgement.claims);
      const next = judgeAll(claims);
      const settled = next.every(({ claims: now }, place) => now.size === claims[place]!.size);
      judgements = next;
      if (settled) break;
    }
    return tags.map((tag, place) => ({ tag, scoring: scorings[place]!, ...judgements[place]! }));
  }

  #scoringOf(tag: PanelTag, images: readonly RegisterImage[]): Scoring {
    const known = this.#scorings.get(tag);
    if (known !== undefined) return known;
    const scoring = score(tag, this.#raw, images);
    this.#scorings.set(tag, scoring);
    return scoring;
  }

  /** Weighs these once more, over the images there are then, when they are asked for again. */
  forget(tags: readonly PanelTag[]): void {
    for (const tag of tags) this.#scorings.delete(tag);
  }

  get layouts(): readonly Layout[] {
    return this.#raw.layouts;
  }

  /** Of what it read while the display may have been looked at, what comes nearest to what the display showed. */
  valueDuring(one: Placed, reading: PanelReading, images: readonly RegisterImage[]): number {
    const { shown } = reading;
    const wanted = shown.kind === 'number' ? shown.value : shown.on ? 1 : 0;
    const values = imagesOf(reading, images).map((image) => this.valueOf(one, image));
    return values.reduce(
      (a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) || Number.isNaN(a) ? b : a),
      Number.NaN,
    );
  }

  /** What a hypothesis reads from an image; NaN where there is nothing to read. */
  valueOf({ place, scale }: Placed, image: RegisterImage): number {
    return this.#raw.of(image)[place]! * scale;
  }
}
