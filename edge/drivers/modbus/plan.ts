import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { DriverTag, PlanLine, PollGroup } from '@gongfu/shared/sdk/driver';
import { type Area, areas, formatAddress } from './address.ts';
import type { ModbusSource, ModbusTag } from './config.ts';
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

export function planLines(source: ModbusSource, tags: readonly PlannedTag[]): PlanLine[] {
  return planGroups(source, tags).flatMap(({ intervalMs, requests }) =>
    requests.map((request) => ({
      intervalMs,
      request: formatRequest(request),
      tags: request.tags.map((tag) => ({ name: tag.name, address: formatTagAddress(tag), type: tag.type })),
    })),
  );
}

export function formatRequest({ unitId, area, start, count }: ReadRequest): string {
  const code = areas[area].readFunction;
  return `unit ${unitId} FC${code} ${area}:${start}..${start + count - 1} (${count} ${areas[area].bits ? 'bits' : 'registers'})`;
}

function formatTagAddress(tag: PlannedTag): string {
  const first = formatAddress(tag.address);
  const count = widthOf(tag);
  if (tag.bit !== undefined) return `${first}.${tag.bit}`;
  return count === 1 ? first : `${first}..${tag.address.register + count - 1}`;
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
  return areas[tag.address.area].bits ? 1 : registersOf(tag.type, tag.length ?? 0);
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

function refuseUnusable(source: ModbusSource, tags: readonly PlannedTag[]): void {
  const places: ProblemPlace[] = tags.flatMap((tag, index) =>
    faultsOf(source, tag).map(({ key, what }) => ({ where: `tags[${index}].${key}`, what })),
  );
  if (places.length === 0) return;
  throw new Problem({
    code: 'tag-unusable',
    detail: `${places.length === 1 ? 'one tag key' : `${places.length} tag keys`} cannot be read over Modbus as configured; first: ${places[0]!.where}: ${places[0]!.what}`,
    advice: 'Correct the named keys of the configuration.',
    reaction: 'stop',
    places,
  });
}

function faultsOf(source: ModbusSource, tag: PlannedTag): { key: string; what: string }[] {
  const { area, register } = tag.address;
  const faults: { key: string; what: string }[] = [];
  const refuse = (broken: boolean, key: string, what: string) => {
    if (broken) faults.push({ key, what });
  };
  if (areas[area].bits) {
    refuse(tag.type !== 'bool', 'type', `${area} holds single bits, so the type is bool, not ${tag.type}`);
    refuse(
      tag.bit !== undefined,
      'bit',
      `${area}:${register} is itself one bit; a bit is chosen only in holding and input`,
    );
    refuse(tag.byteOrder !== undefined, 'byteOrder', `${area}:${register} is one bit and has no byte order`);
  } else {
    const width = widthOf(tag);
    refuse(tag.bit !== undefined && tag.type !== 'bool', 'bit', `a bit is of type bool, not ${tag.type}`);
    refuse(tag.type === 'string' && tag.length === undefined, 'length', 'a string needs its length in characters');
    refuse(
      register + width > 65536,
      'address',
      `${formatAddress(tag.address)} with ${width} registers ends past ${area}:65535`,
    );
    const countMax = source.registersPerRequestMax;
    refuse(width > countMax, 'type', `it takes ${width} registers, but registersPerRequestMax is ${countMax}`);
  }
  refuse(tag.type !== 'string' && tag.length !== undefined, 'length', `only a string has a length, not ${tag.type}`);
  return faults;
}
