import { Problem } from '@gongfu/shared/base/problem';
import type { ModbusSource } from './config.ts';
import { dataBytesOf, type PlannedGroup, type ReadRequest } from './plan.ts';
import { framingOf } from './transport-config.ts';
import { bodyBytesOf, repeatedBytesOf, type WriteRequest } from './write-request.ts';

/** From here on RTU's silence no longer shrinks with the length of a character. */
const fastBaudRate = 19_200;
const fastSilenceMs = 1.75;
/** What a converter behind TCP needs to see where a frame ends; the line behind it is slower anyway. */
const convertedSilenceMs = 5;
/** What a slave on a serial line thinks before it answers, where the source does not say. */
const turnaroundMsDefault = 5;

/** Silence between frames: 3.5 characters on a serial line in RTU; 0 where frames have a beginning and an end of their own. */
export function silenceMsOf(source: ModbusSource): number {
  const { serial, silence } = source;
  if (framingOf(source) !== 'rtu') return silence ?? 0;
  if (serial === undefined) return silence ?? convertedSilenceMs;
  const least = serial.baudRate > fastBaudRate ? fastSilenceMs : 3.5 * characterMs(source);
  return Math.max(least, silence ?? 0);
}

/** Time the bytes of request and answer need on the line; 0 in a network. */
export function transferMsOf(source: ModbusSource, request: ReadRequest | WriteRequest): number {
  if (source.serial === undefined) return 0;
  // Of a read: unit, function, start, count; unit, function, byte count, data.
  const bodies = 'area' in request ? 6 + 3 + dataBytesOf(request) : bodyBytesOf(request) + repeatedBytesOf(request);
  const characters = framingOf(source) === 'ascii' ? 2 * (bodies + 2) + 2 * 3 : bodies + 2 * 2;
  return characters * characterMs(source);
}

/** Time one request keeps the line or its connection; undefined in a network whose `turnaround` nobody has told. */
export function requestMsOf(source: ModbusSource, request: ReadRequest): number | undefined {
  const { serial, turnaround } = source;
  if (serial === undefined && turnaround === undefined) return undefined;
  const silences = serial === undefined ? silenceMsOf(source) : 2 * silenceMsOf(source);
  return transferMsOf(source, request) + silences + (turnaround ?? turnaroundMsDefault);
}

/** @throws Problem `tag-unusable` when the requests need more time than there is, so far as it is known. */
export function refuseOverload(source: ModbusSource, groups: readonly PlannedGroup[]): void {
  const { connections, maxInFlight } = source;
  const lanes = connections * maxInFlight;
  const requests = groups.flatMap((group) =>
    group.requests.map((request) => ({ ...request, share: (requestMsOf(source, request) ?? 0) / group.intervalMs })),
  );
  const share = requests.reduce((sum, request) => sum + request.share, 0) / lanes;
  if (share <= 1) return;
  const what = `the requests of this source need ${Math.ceil(share * 1000)} ms in every second: ${demandOf(source, requests)}`;
  throw new Problem({
    code: 'tag-unusable',
    detail: what,
    advice: `${remedyOf(source)}; gongfu-edge plan shows the time of each request once they fit.`,
    reaction: 'stop',
    places: [{ where: 'interval', what: `${what}. ${remedyOf(source)}` }],
  });
}

function demandOf(source: ModbusSource, requests: readonly ReadRequest[]): string {
  const { serial, turnaround } = source;
  const units = new Set(requests.map(({ unitId }) => unitId)).size;
  const counted = `${requests.length} ${requests.length === 1 ? 'request' : 'requests'}, ${units} ${units === 1 ? 'unit' : 'units'}`;
  const thinking = `turnaround ${turnaround ?? turnaroundMsDefault} ms`;
  return serial === undefined ? `${counted}, ${thinking}` : `${counted}, ${serial.baudRate} baud, ${thinking}`;
}

function remedyOf({ serial }: ModbusSource): string {
  const more = serial === undefined ? 'raise connections or maxInFlight' : 'raise baudRate, or use another line';
  return `Raise interval, raise maxGap for fewer requests, ${more}`;
}

function characterMs({ serial }: ModbusSource): number {
  if (serial === undefined) return 0;
  const { baudRate, dataBits, parity, stopBits } = serial;
  return ((1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits) * 1000) / baudRate;
}
