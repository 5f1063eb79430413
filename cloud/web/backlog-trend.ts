import type { LiveGateway } from '@gongfu/shared/wire/live';

/** What one heartbeat said of the buffer, and when it was heard (UTC epoch ms). */
export interface BacklogObservation {
  readonly time: number;
  readonly bytes: number;
}

/** Of each gateway, oldest first. */
export type BacklogTrends = ReadonlyMap<string, readonly BacklogObservation[]>;

const followedMs = 10 * 60_000;
/** Heartbeats come every five seconds; two of them may differ by what happened to be on its way. */
const observationsMin = 3;
const spanMinMs = 8_000;

/** Adds what the latest heartbeats say; the same object where none is new. */
export function withHeartbeats(trends: BacklogTrends, gateways: Iterable<LiveGateway>): BacklogTrends {
  let changed: Map<string, readonly BacklogObservation[]> | undefined;
  for (const { id, heartbeat, lastSeenAt } of gateways) {
    const known = trends.get(id) ?? [];
    const next = followed(known, heartbeat, lastSeenAt);
    if (next === known) continue;
    changed ??= new Map(trends);
    changed.set(id, next);
  }
  return changed ?? trends;
}

function followed(
  known: readonly BacklogObservation[],
  heartbeat: LiveGateway['heartbeat'],
  time: number | null,
): readonly BacklogObservation[] {
  // One batch is always on its way: that is no backlog.
  if (heartbeat === null || time === null || heartbeat.backlogBatches <= 1) return known.length === 0 ? known : [];
  const last = known.at(-1);
  if (last !== undefined && time <= last.time) return known;
  const { backlogBytes: bytes } = heartbeat;
  // It shrinks: what grew before says nothing of what comes.
  const before = last !== undefined && bytes < last.bytes ? [] : known.filter((one) => one.time > time - followedMs);
  return [...before, { time, bytes }];
}

/** When the buffer will be full at the growth seen, UTC epoch ms; null while it does not grow. */
export function fullAt(observed: readonly BacklogObservation[], capacityBytes: number): number | null {
  const first = observed[0];
  const last = observed.at(-1);
  if (first === undefined || last === undefined || observed.length < observationsMin) return null;
  const spanMs = last.time - first.time;
  const grown = last.bytes - first.bytes;
  if (spanMs < spanMinMs || grown <= 0) return null;
  return last.time + ((capacityBytes - last.bytes) * spanMs) / grown;
}
