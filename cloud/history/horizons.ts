import { Problem } from '@gongfu/shared/base/problem';
import type { Expiry } from './movable-history.ts';
import { type RetentionClass, retentionClasses } from './retention.ts';

const dayMs = 86_400_000;

/** From which day on each tag has what it had: earlier days were removed by retention. */
export class Horizons {
  /** First day that is whole, by class and tag. */
  readonly #first = new Map(retentionClasses.map((what) => [what, new Map<number, number>()]));

  /** `day`: since the epoch. */
  raise(what: RetentionClass, tags: readonly number[], day: number): void {
    const first = this.#first.get(what)!;
    for (const tag of tags) first.set(tag, Math.max(day, first.get(tag) ?? 0));
  }

  take(expired: readonly Expiry[]): void {
    for (const { what, tag, before } of expired) this.raise(what, [tag], before / dayMs);
  }

  get list(): Expiry[] {
    return [...this.#first].flatMap(([what, first]) =>
      [...first].sort(([a], [b]) => a - b).map(([tag, day]) => ({ what, tag, before: day * dayMs })),
    );
  }

  /** The earliest time from which on all of the tags have it. */
  fromTime(what: RetentionClass, tags: readonly { readonly number: number }[]): number {
    const first = this.#first.get(what)!;
    return dayMs * tags.reduce((latest, { number }) => Math.max(latest, first.get(number) ?? 0), 0);
  }

  /** @throws Problem `history-expired` when a part of the range was removed */
  check(
    what: RetentionClass,
    tags: readonly { readonly number: number }[],
    { from, to }: { from: number; to: number },
  ): void {
    const since = this.fromTime(what, tags);
    if (since === 0 || from >= since || to <= from) return;
    const day = new Date(since).toISOString();
    throw new Problem({
      code: 'history-expired',
      detail: `${what === 'samples' ? 'samples' : `roll-ups (${what})`} before ${day} were removed by retention`,
      advice: `Ask from ${day} on; a trend also reaches further back, in coarser steps.`,
      reaction: 'drop',
      status: 410,
    });
  }
}
