import { DataChangeNotification, DataValue, type NotificationMessage } from 'node-opcua-client';
import { builtIn } from './built-in-types.ts';
import { ReportedValues } from './reported-values.ts';

type Stream = Parameters<DataChangeNotification['decode']>[0];

/** Which parts of a value follow (OPC UA part 6, 5.2.2.17). */
const has = {
  value: 1,
  status: 2,
  sourceTime: 4,
  serverTime: 8,
  sourcePicoseconds: 16,
  serverPicoseconds: 32,
} as const;
/** The least an item takes: its handle and the byte of its parts. */
const itemBytesMin = 5;
/** How long a scalar is that is no more than a number, by the byte before it: its built-in type. */
const numberBytes = new Uint8Array(256);
const { boolean, sbyte, byte, int16, uint16, int32, uint32, float, double } = builtIn;
for (const type of [boolean, sbyte, byte]) numberBytes[type] = 1;
for (const type of [int16, uint16]) numberBytes[type] = 2;
for (const type of [int32, uint32, float]) numberBytes[type] = 4;
numberBytes[double] = 8;
/** Ticks of 100 ns since 1601: 2^32 of them are 429,496 ms and 7,296 ticks. */
const [ticksPerMs, highMs, highTicks, unixEpochMs] = [10_000, 429_496, 7_296, 11_644_473_600_000];

/** The changes in one message of a subscription, each under the handle we gave its item. */
export class ChangeList {
  readonly handles: Uint32Array;
  readonly values: ReportedValues;

  constructor(count: number) {
    this.handles = new Uint32Array(count);
    this.values = new ReportedValues(count);
  }

  get count(): number {
    return this.handles.length;
  }
}

const lists = new WeakMap<DataChangeNotification, ChangeList>();
const decodeAll = DataChangeNotification.prototype.decode;

/**
 * The client makes half a dozen objects of each change, and its dates by 64-bit arithmetic in software. So the bytes of data
 * changes are read here. Its own lists (`monitoredItems`, `diagnosticInfos`) are made of the same bytes when somebody asks for
 * them: for anybody else in the process nothing is different.
 */
export function readChangesOurselves(): void {
  DataChangeNotification.prototype.decode = function decode(this: DataChangeNotification, stream: Stream): void {
    const start = stream.length;
    lists.set(this, readChanges(stream));
    let all: DataChangeNotification | undefined;
    const decoded = () => {
      all ??= decodedByClient(stream, start);
      return all;
    };
    for (const key of ['monitoredItems', 'diagnosticInfos'] as const) {
      Object.defineProperty(this, key, { configurable: true, enumerable: true, get: () => decoded()[key] });
    }
  };
}

function decodedByClient(stream: Stream, start: number): DataChangeNotification {
  const again = new (stream.constructor as new (bytes: Buffer) => Stream)(stream.buffer);
  again.length = start;
  const all = new DataChangeNotification(null);
  decodeAll.call(all, again);
  return all;
}

/** Leaves the stream behind the changes; diagnostics of items are skipped by the client, who knows the length of all. @throws RangeError */
function readChanges(stream: Stream): ChangeList {
  const { buffer } = stream;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const count = Math.max(0, view.getInt32(stream.length, true));
  stream.length += 4;
  if (count * itemBytesMin > view.byteLength - stream.length) throw new RangeError(`${count} changes in too few bytes`);
  const list = new ChangeList(count);
  for (let row = 0; row < count; row += 1) stream.length = readChange(list, row, view, stream);
  const diagnostics = view.getInt32(stream.length, true);
  if (diagnostics <= 0) stream.length += 4;
  return list;
}

/** @returns where the next one begins */
function readChange(list: ChangeList, row: number, view: DataView, stream: Stream): number {
  const { values } = list;
  let place = stream.length;
  list.handles[row] = view.getUint32(place, true);
  const start = place + 4;
  const parts = view.getUint8(start);
  place = start + 1;
  if ((parts & has.value) !== 0) {
    const type = view.getUint8(place);
    const bytes = numberBytes[type] ?? 0;
    if (bytes === 0) return readWhole(values, row, stream, start);
    values.setNumber(row, type, numberAt(view, place + 1, type));
    place += 1 + bytes;
  }
  if ((parts & has.status) !== 0) {
    values.statuses[row] = view.getUint32(place, true);
    place += 4;
  }
  let time = Number.NaN;
  if ((parts & has.sourceTime) !== 0) {
    time = timeAt(view, place);
    place += 8;
  }
  if ((parts & has.sourcePicoseconds) !== 0) place += 2;
  if ((parts & has.serverTime) !== 0) {
    if (Number.isNaN(time)) time = timeAt(view, place);
    place += 8;
  }
  if ((parts & has.serverPicoseconds) !== 0) place += 2;
  values.times[row] = time;
  return place;
}

/** By the client itself. */
function readWhole(values: ReportedValues, row: number, stream: Stream, start: number): number {
  stream.length = start;
  const value = new DataValue(null);
  value.decode(stream);
  values.setWhole(row, value);
  return stream.length;
}

function numberAt(view: DataView, place: number, type: number): number {
  switch (type) {
    case builtIn.boolean:
      return view.getUint8(place) === 0 ? 0 : 1;
    case builtIn.sbyte:
      return view.getInt8(place);
    case builtIn.byte:
      return view.getUint8(place);
    case builtIn.int16:
      return view.getInt16(place, true);
    case builtIn.uint16:
      return view.getUint16(place, true);
    case builtIn.int32:
      return view.getInt32(place, true);
    case builtIn.uint32:
      return view.getUint32(place, true);
    case builtIn.float:
      return view.getFloat32(place, true);
    default:
      return view.getFloat64(place, true);
  }
}

/** UTC epoch ms, cut as the client cuts it; NaN for what is no time of a sample, see `epochMs`. */
function timeAt(view: DataView, place: number): number {
  const low = view.getUint32(place, true);
  const high = view.getUint32(place + 4, true);
  const ms = high * highMs + Math.floor((high * highTicks + low) / ticksPerMs) - unixEpochMs;
  return ms > 0 ? ms : Number.NaN;
}

/** One message of a subscription. */
export interface PublishedMessage {
  readonly publishTime: Date | null;
  readonly lists: readonly ChangeList[];
}

/**
 * Takes the data changes out of a message: the client would look for items of its own under their handles, and it knows none.
 * @returns undefined when the bytes of some could not be read
 */
export function takeChanges(message: NotificationMessage): PublishedMessage | undefined {
  const changes: ChangeList[] = [];
  const others: NonNullable<NotificationMessage['notificationData']> = [];
  for (const part of message.notificationData ?? []) {
    if (!(part instanceof DataChangeNotification)) {
      others.push(part);
      continue;
    }
    const list = lists.get(part);
    if (list === undefined) return undefined;
    changes.push(list);
  }
  message.notificationData = others;
  return { publishTime: message.publishTime, lists: changes };
}
