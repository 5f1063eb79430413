import type { DriverTag, PlanLine, PollGroup } from '@gongfu/shared/sdk/driver';
import { type Area, areas } from './address.ts';
import type { ModbusSource, ModbusTag } from './config.ts';
import { refuseUnusable } from './tag-faults.ts';
import { heldTypeOf, registersOf } from './value-layout.ts';

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

export function planLines(source: ModbusSource, tags: readonly PlannedTag[]): PlanLine[] {
  return planGroups(source, tags).flatMap(({ intervalMs, requests }) =>
    requests.map((request) => ({
      intervalMs,
      request: formatRequest(request),
      tags: request.tags.map((tag) => ({
        name: tag.name,
        address: formatTagAddress(request.unitId, tag),
        type: heldTypeOf(tag),
      })),
    })),
  );
}

export function formatRequest({ unitId, area, start, count }: ReadRequest): string {
  const code = areas[area].readFunction;
  return `unit ${unitId} FC${code} ${area}:${start}..${start + count - 1} (${count} ${areas[area].bits ? 'bits' : 'registers'})`;
}

/** Everything that stands on the wire of a tag: `unit 3 FC3 holding:0..1`, `unit 1 FC4 input:7.3`. */
function formatTagAddress(unitId: number, tag: PlannedTag): string {
  const { area, register } = tag.address;
  const last = register + widthOf(tag) - 1;
  const registers = `unit ${unitId} FC${areas[area].readFunction} ${area}:${register}${last === register ? '' : `..${last}`}`;
  if (tag.bit !== undefined) return `${registers}.${tag.bit}`;
  return tag.byte === undefined ? registers : `${registers} ${tag.byte} byte`;
}

/** Walks the tags in address order and begins a new request where the hole is too wide or the limit is reached. */
function joinNeighbours(source: ModbusSource, tags: readonly PlannedTag[]): ReadRequest[] {
  const { bits } = areas[tags[0]!.address.area];
  const countMax = bits ? source.bitsPerRequestMax : source.registersPerRequestMax;
  const gapMax = bits ? source.maxGap * 16 : source.maxGap;
  const requests: PlannedTag[][] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const tag of tags.toSorted((a, b) => a.address.register - b.address.register)) {
    const { register } = tag.address;
    const tagEnd = register + widthOf(tag);
    if (register - end > gapMax || Math.max(end, tagEnd) - start > countMax) {
      requests.push([]);
      start = register;
      end = tagEnd;
    }
    requests.at(-1)!.push(tag);
    end = Math.max(end, tagEnd);
  }
  return requests.map((members) => requestFor(unitOf(source, members[0]!), members));
}

function requestFor(unitId: number, tags: readonly PlannedTag[]): ReadRequest {
  const { area, register: start } = tags[0]!.address;
  const end = Math.max(...tags.map((tag) => tag.address.register + widthOf(tag)));
  return { unitId, area, start, count: end - start, tags };
}

function unitOf(source: ModbusSource, tag: PlannedTag): number {
  return tag.unitId ?? source.unitId;
}

function widthOf(tag: PlannedTag): number {
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
