import { Problem } from '@gongfu/shared/base/problem';
import type { DriverTag, PlanLine, PollGroup } from '@gongfu/shared/sdk/driver';
import type { OpcuaSource, OpcuaTag } from './config.ts';

export type SubscribedTag = DriverTag & OpcuaTag;

/** One subscription of the server: tags that are published together. */
export interface SubscriptionPlan {
  readonly publishingIntervalMs: number;
  readonly tags: readonly SubscribedTag[];
}

/** Some servers allow no more items in one subscription, and few say so in their limits. */
export const itemsPerSubscriptionMax = 1_000;

/** A subscription publishes at least so often, however rarely its tags are sampled: its silence must soon be noticed. */
const publishingIntervalMaxMs = 10_000;

/** Publishing interval of tags planned together, ms. */
export function publishingIntervalOf(tags: readonly SubscribedTag[]): number {
  return Math.min(publishingIntervalMaxMs, ...tags.map((tag) => tag.intervalMs));
}

/** How often the server shall look at the variable, ms. */
export function samplingIntervalOf(tag: SubscribedTag): number {
  return tag.samplingInterval ?? tag.intervalMs;
}

/** One subscription for each interval in use, split where it would grow past what servers take. Keeps the order of the tags. */
export function planSubscriptions(
  tags: readonly SubscribedTag[],
  itemsMax: number = itemsPerSubscriptionMax,
): SubscriptionPlan[] {
  return planPolls(tags).flatMap(({ tags: members }) =>
    split(members, itemsMax).map((part) => ({ publishingIntervalMs: publishingIntervalOf(part), tags: part })),
  );
}

/** The tags of each interval in use. Keeps the order of the tags. */
export function planPolls(tags: readonly SubscribedTag[]): PollGroup<SubscribedTag>[] {
  const byInterval = new Map<number, SubscribedTag[]>();
  for (const tag of tags) {
    const members = byInterval.get(tag.intervalMs);
    if (members === undefined) byInterval.set(tag.intervalMs, [tag]);
    else members.push(tag);
  }
  return [...byInterval].map(([intervalMs, members]) => ({ intervalMs, tags: members }));
}

/** Consecutive parts of at most `lengthMax`; a limit of 0 means none (that is how servers tell it). */
export function split<T>(items: readonly T[], lengthMax: number): T[][] {
  const length = lengthMax > 0 ? lengthMax : Math.max(1, items.length);
  const parts: T[][] = [];
  for (let from = 0; from < items.length; from += length) parts.push(items.slice(from, from + length));
  return parts;
}

/** Keys of a tag that only a subscription has. */
const itemKeys = ['samplingInterval', 'queueSize', 'discardOldest', 'trigger', 'serverDeadband'] as const;

/** @throws Problem `tag-unusable` with every key that would silently not be what it says */
function refuseUnusable(source: OpcuaSource, tags: readonly SubscribedTag[]): void {
  const places = tags.flatMap((tag, place) => {
    const polled = source.mode === 'poll' ? itemKeys.filter((key) => tag[key] !== undefined) : [];
    return [...polled.map(itemFault), ...writeFaults(tag)].map(({ key, what }) => ({
      where: `tags[${place}].${key}`,
      what,
    }));
  });
  if (places.length === 0) return;
  throw new Problem({
    code: 'tag-unusable',
    detail: places[0]!.what,
    advice: 'Correct the keys of these tags.',
    reaction: 'stop',
    places,
  });
}

function itemFault(key: string): { key: string; what: string } {
  return { key, what: `${key} is for subscriptions, and mode: poll has none; leave it out, or leave mode out` };
}

function writeFaults({ write, field, call, type }: SubscribedTag): { key: string; what: string }[] {
  if (call !== undefined) {
    if (write === undefined)
      return [{ key: 'call', what: 'call is how a tag is written; add write, or leave call out' }];
    const takesNothing = !call.arguments.includes('command');
    return takesNothing && type !== 'bool'
      ? [{ key: 'call', what: `a method that takes no command is called by true, which a ${type} cannot be` }]
      : [];
  }
  // A server takes a structure as a whole: with one field the others would be written too, as they were when it was read.
  if (write === undefined || field === undefined) return [];
  return [
    { key: 'write', what: 'a field of a structure is not written, as the other fields would be written with it' },
  ];
}

/** The requests as a person reads them in `gongfu-edge plan`. @throws Problem `tag-unusable` */
export function describePlan(source: OpcuaSource, tags: readonly SubscribedTag[]): PlanLine[] {
  const places = (members: readonly SubscribedTag[]): PlanLine['tags'] =>
    members.map((tag) => ({ name: tag.name, address: tag.nodeId, type: tag.type }));
  refuseUnusable(source, tags);
  if (source.mode === 'poll') {
    return planPolls(tags).map(({ intervalMs, tags: members }) => ({
      intervalMs,
      request: `read ${members.length} nodes at ${source.endpoint} every ${intervalMs} ms`,
      tags: places(members),
    }));
  }
  return planSubscriptions(tags).map(({ publishingIntervalMs, tags: members }) => ({
    intervalMs: publishingIntervalMs,
    request: `subscribe ${members.length} items at ${source.endpoint}, published every ${publishingIntervalMs} ms`,
    tags: places(members),
  }));
}
