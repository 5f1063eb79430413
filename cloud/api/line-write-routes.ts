import { z } from 'zod';
import type { ForeignWrites } from '../doors/foreign-writes.ts';
import { precisions } from '../doors/line-protocol.ts';
import { lineSlices } from '../doors/line-slices.ts';
import { influxManners, originOf } from './foreign-manners.ts';
import { guardedRoute, publicRoute, type Route } from './route.ts';
import { unpackedBody } from './unpacked-body.ts';

/** They are asked for so that clients work unchanged, and lead nowhere: the token says whose rows they are. */
const nameParameter = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_ ./@-]{0,199}$/u, 'expected letters, digits, spaces and . _ / @ -')
  .optional();

/** Where clients of version 1 put the token. */
const tokenParameter = z
  .string()
  .regex(/^[\w.~+/=-]{1,200}$/, 'expected an API key')
  .optional();

/** Of version 1, by the names of version 2. */
const precisionNames = { n: 'ns', u: 'us', ns: 'ns', us: 'us', ms: 'ms', s: 's' } as const;

/** Lines as Telegraf and clients of InfluxDB write them. */
export function lineWriteRoutes(options: {
  writes: Pick<ForeignWrites, 'write'>;
  clock: { now(): number };
  version: string;
  /** Bytes of a body, unpacked. */
  bodySize: number;
}): Route[] {
  const { writes, clock, version, bodySize } = options;
  return [
    guardedRoute({
      method: 'post',
      path: '/api/v2/write',
      permission: 'samples:write',
      action: 'rows-write',
      foreign: influxManners,
      summary: 'Store rows in line protocol, as InfluxDB 2 takes them; the body may be packed with gzip',
      query: z.strictObject({
        org: nameParameter,
        orgID: nameParameter,
        bucket: nameParameter,
        precision: z.enum(precisions).default('ns'),
      }),
      status: 204,
      reply: null,
      handle: async ({ query: { precision }, stream, headers }, principal) => {
        const chunks = unpackedBody({ stream, headers }, bodySize);
        const arrivedAt = Math.trunc(clock.now());
        await writes.write(originOf(principal), lineSlices(chunks, { precision, arrivedAt }));
        return null;
      },
    }),
    guardedRoute({
      method: 'post',
      path: '/write',
      permission: 'samples:write',
      action: 'rows-write',
      foreign: influxManners,
      summary: 'The same, as InfluxDB 1 takes it',
      query: z.strictObject({
        db: nameParameter,
        rp: nameParameter,
        consistency: nameParameter,
        u: nameParameter,
        p: tokenParameter,
        precision: z.enum(['n', 'u', 'ns', 'us', 'ms', 's']).default('ns'),
      }),
      status: 204,
      reply: null,
      handle: async ({ query, stream, headers }, principal) => {
        const chunks = unpackedBody({ stream, headers }, bodySize);
        const arrivedAt = Math.trunc(clock.now());
        const precision = precisionNames[query.precision];
        await writes.write(originOf(principal), lineSlices(chunks, { precision, arrivedAt }));
        return null;
      },
    }),
    publicRoute({
      method: 'get',
      path: '/ping',
      summary: 'Clients of InfluxDB ask whether somebody is there',
      status: 204,
      reply: null,
      handle: async () => null,
    }),
    publicRoute({
      method: 'get',
      path: '/health',
      summary: 'The same with words; whether every part is ready says /readyz',
      status: 200,
      reply: z.object({ name: z.string(), message: z.string(), status: z.literal('pass'), version: z.string() }),
      handle: async () => ({ name: 'gongfu', message: 'ready for writes', status: 'pass' as const, version }),
    }),
  ];
}
