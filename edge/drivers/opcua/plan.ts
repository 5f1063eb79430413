import type { DriverTag, PlanLine } from '@gongfu/shared/sdk/driver';
import type { OpcuaSource, OpcuaTag } from './config.ts';

export type SubscribedTag = DriverTag & OpcuaTag;

/** One subscription of the server: tags that are published together. */
export interface SubscriptionPlan {
  readonly publishingIntervalMs: number;
  readonly tags: readonly SubscribedTag[];
}

/** Some servers allow no more items in one subscription, and few say so in their limits. */
export const itemsPerSubscriptionMax = 1_000;

/** One subscription for each interval in use, split where it would grow past what servers take. Keeps the order of the tags. */
export function planSubscriptions(
  tags: readonly SubscribedTag[],
  itemsMax: number = itemsPerSubscriptionMax,
): SubscriptionPlan[] {
  const byInterval = new Map<number, SubscribedTag[]>();
  for (const tag of tags) {
    const members = byInterval.get(tag.intervalMs);
    if (members === undefined) byInterval.set(tag.intervalMs, [tag]);
    else members.push(tag);
  }
  return [...byInterval].flatMap(([publishingIntervalMs, members]) =>
    split(members, itemsMax).map((part) => ({ publishingIntervalMs, tags: part })),
  );
}

/** Consecutive parts of at most `lengthMax`; a limit of 0 means none (that is how servers tell it). */
export function split<T>(items: readonly T[], lengthMax: number): T[][] {
  const length = lengthMax > 0 ? lengthMax : Math.max(1, items.length);
  const parts: T[][] = [];
  for (let from = 0; from < items.length; from += length) parts.push(items.slice(from, from + length));
  return parts;
}

/** The requests as a person reads them in `gongfu-edge plan`. */
export function describePlan(source: OpcuaSource, tags: readonly SubscribedTag[]): PlanLine[] {
  return planSubscriptions(tags).map(({ publishingIntervalMs, tags: members }) => ({
    intervalMs: publishingIntervalMs,
    request: `subscribe ${members.length} items at ${source.endpoint}, published every ${publishingIntervalMs} ms`,
    tags: members.map((tag) => ({ name: tag.name, address: tag.nodeId, type: tag.type })),
  }));
}
