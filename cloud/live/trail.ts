import type { LiveSample } from '@gongfu/shared/wire/live';

/** Samples that may wait for one client that hears every one of its tags; they are shared between clients. */
export const trailSamplesMax = 5_000;

/** Characters of their texts, together: thousands of long ones for each client would be gigabytes. */
const charactersMax = 4 * 1024 ** 2;

/**
 * Every sample of some tags, in the order it was stored, until the client can take them. Past its limit it lets go of all
 * of them and keeps only which tags have changed: then the client hears the newest, and that some were left out.
 */
export class Trail {
  /** The tags, with the gateway each is of. */
  readonly tags = new Map<number, string>();
  #samples: LiveSample[] = [];
  #characters = 0;
  readonly #changed = new Set<number>();
  #truncated = false;
  #holds = 0;

  get pending(): number {
    return this.held ? 0 : this.#samples.length + this.#changed.size;
  }

  get gateways(): Set<string> {
    return new Set(this.tags.values());
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  add(tag: number, sample: LiveSample): void {
    const characters = charactersOf(sample);
    const isFull = this.#samples.length >= trailSamplesMax || this.#characters + characters > charactersMax;
    if (!this.#truncated && isFull) {
      this.#truncated = true;
      for (const { tag: left } of this.#samples) this.#changed.add(Number(left));
      this.#keep([]);
    }
    if (this.#truncated) this.#changed.add(tag);
    else {
      this.#samples.push(sample);
      this.#characters += characters;
    }
  }

  remove(tag: number): void {
    if (!this.tags.delete(tag)) return;
    this.#changed.delete(tag);
    this.#keep(this.#samples.filter((sample) => sample.tag !== String(tag)));
  }

  /** Nothing is taken until the returned function is called: what was missed before comes first. */
  hold(): () => void {
    this.#holds += 1;
    return () => {
      this.#holds -= 1;
    };
  }

  take(newest: (tag: number) => LiveSample | undefined): { samples: LiveSample[]; truncated: boolean } {
    const truncated = this.#truncated;
    const samples = truncated ? [...this.#changed].flatMap((tag) => newest(tag) ?? []) : this.#samples;
    this.#keep([]);
    this.#changed.clear();
    this.#truncated = false;
    return { samples, truncated };
  }

  #keep(samples: LiveSample[]): void {
    this.#samples = samples;
    this.#characters = samples.reduce((sum, sample) => sum + charactersOf(sample), 0);
  }
}

function charactersOf({ value }: LiveSample): number {
  return typeof value === 'string' ? value.length : 0;
}
