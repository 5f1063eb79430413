import type { DriverTag, PollGroup } from '@gongfu/shared/sdk/driver';
import { type Area, areas } from './address.ts';
import type { ModbusSource, ModbusTag } from './config.ts';
import { illegalWithin } from './illegal-ranges.ts';
import { refuseUnusable } from './tag-faults.ts';
import { registersOf } from './value-layout.ts';

export type PlannedTag = DriverTag & ModbusTag;

/** One read on the wire and the tags it serves. `start` and `count` are registers, or bits for coil and discrete. */
export interface ReadRequest {
  readonly unitId: number;
  readonly area: Area;
  readonly start: number;
  readonly count: number;
  readonly tags: readonly PlannedTag[];
}

export interface PlannedGroup extends PollGroup<PlannedTag> {
  readonly requests: readonly ReadRequest[];
}

/** @throws Problem `tag-unusable` with a place, relative to the source, for every tag that cannot be read as configured. */
export function planGroups(source: ModbusSource, tags: readonly PlannedTag[]): PlannedGroup[] {
  refuseUnusable(source, tags);
  return groupBy(tags, (tag) => tag.intervalMs).map((members) => ({
    intervalMs: members[0]!.intervalMs,
    tags: members,
    requests: groupBy(members, (tag) => `${unitOf(source, tag)} ${tag.address.area}`).flatMap((neighbours) =>
      joinNeighbours(source, neighbours),
    ),
  }));
}

/** The two halves of a request the source refuses as a whole, each as short as its tags allow. */
export function halve(request: ReadRequest): ReadRequest[] {
  const middle = request.tags.length >> 1;
  return [request.tags.slice(0, middle), request.tags.slice(middle)].map((tags) => requestFor(request.unitId, tags));
}

export function formatRequest({ unitId, area, start, count }: ReadRequest): string {
  const code = areas[area].readFunction;
  return `unit ${unitId} FC${code} ${area}:${start}..${start + count - 1} (${count} ${areas[area].bits ? 'bits' : 'registers'})`;
}

/** Walks the tags in address order and begins a new request where the hole is too wide or the limit is reached. */
function joinNeighbours(source: ModbusSource, tags: readonly PlannedTag[]): ReadRequest[] {
  const { area } = tags[0]!.address;
  const unitId = unitOf(source, tags[0]!);
  const { bits } = areas[area];
  const countMax = countMaxOf(source, area);
  const gapMax = bits ? source.maxGap * 16 : source.maxGap;
  const requests: PlannedTag[][] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const tag of tags.toSorted((a, b) => a.address.register - b.address.register)) {
    const { register } = tag.address;
    const tagEnd = register + widthOf(tag);
    const gap = { unitId, area, start: end, count: register - end };
    const breaks = register - end > gapMax || Math.max(end, tagEnd) - start > countMax;
    if (breaks || (gap.count > 0 && illegalWithin(source.illegal, gap) !== undefined)) {
      requests.push([]);
      start = register;
      end = tagEnd;
    }
    requests.at(-1)!.push(tag);
    end = Math.max(end, tagEnd);
  }
  return requests.map((members) => requestFor(unitId, members));
}

/** The request that reads these tags, in the order of their addresses, and nothing before or behind them. */
export function requestFor(unitId: number, tags: readonly PlannedTag[]): ReadRequest {
  const { area, register: start } = tags[0]!.address;
  const end = Math.max(...tags.map((tag) => tag.address.register + widthOf(tag)));
  return { unitId, area, start, count: end - start, tags };
}

/** Whether the source may be asked this beside its plan: within its limits, and no address that is never to be read. */
export function mayRead(source: ModbusSource, request: ReadRequest): boolean {
  return request.count <= countMaxOf(source, request.area) && illegalWithin(source.illegal, request) === undefined;
}

function countMaxOf({ bitsPerRequestMax, registersPerRequestMax }: ModbusSource, area: Area): number {
  return areas[area].bits ? bitsPerRequestMax : registersPerRequestMax;
}

export function unitOf(source: ModbusSource, tag: PlannedTag): number {
  return tag.unitId ?? source.unitId;
}

/** Bytes of data in the answer. */
export function dataBytesOf({ area, count }: ReadRequest): number {
  return areas[area].bits ? Math.ceil(count / 8) : count * 2;
}

/** Registers of a tag, or bits. */
export function widthOf(tag: PlannedTag): number {
  return areas[tag.address.area].bits ? 1 : registersOf(tag);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): T[][] {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
