import type { LiveSample } from '@gongfu/shared/wire/live';

/** Samples that may wait for one client that hears every one of its tags; they are shared between clients. */
export const trailSamplesMax = 5_000;

/**
 * Every sample of some tags, in the order it was stored, until the client can take them. Past its limit it lets go of all
 * of them and keeps only which tags have changed: then the client hears the newest, and that some were left out.
 */
export class Trail {
  /** The tags, with the gateway each is of. */
  readonly tags = new Map<number, string>();
  #samples: LiveSample[] = [];
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
    if (!this.#truncated && this.#samples.length >= trailSamplesMax) {
      this.#truncated = true;
      for (const { tag: left } of this.#samples) this.#changed.add(Number(left));
      this.#samples = [];
    }
    if (this.#truncated) this.#changed.add(tag);
    else this.#samples.push(sample);
  }

  remove(tag: number): void {
    if (!this.tags.delete(tag)) return;
    this.#changed.delete(tag);
    this.#samples = this.#samples.filter((sample) => sample.tag !== String(tag));
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
    this.#samples = [];
    this.#changed.clear();
    this.#truncated = false;
    return { samples, truncated };
  }
}
