import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { ForeignWrites, Slice } from '../doors/foreign-writes.ts';
import { slicesOf } from '../doors/row-door.ts';
import { takeThingsBoard } from '../mqtt/thingsboard.ts';
import { originOf, thingsBoardManners } from './foreign-manners.ts';
import { guardedRoute, type Route, type RouteRequest } from './route.ts';
import { bodyText } from './unpacked-body.ts';

const params = z.object({ token: z.string().min(1).max(200) });

/** What devices of ThingsBoard send over HTTP. The key is the device: its name is the source. */
export function thingsboardRoutes(options: {
  writes: Pick<ForeignWrites, 'write'>;
  clock: { now(): number };
  /** Bytes of a body. */
  jsonBodySize: number;
}): Route[] {
  const { writes, clock, jsonBodySize } = options;
  const store = async (
    kind: Kind,
    request: Pick<RouteRequest<unknown, unknown, unknown>, 'stream' | 'headers'>,
    principal: Principal,
  ) => {
    const text = await bodyText(request, jsonBodySize);
    const told = { kind, text, source: principal.userName, arrivedAt: Math.trunc(clock.now()) };
    await writes.write(originOf(principal), slices(told));
    return '';
  };
  return [
    guardedRoute({
      method: 'post',
      path: '/api/v1/{token}/telemetry',
      permission: 'samples:write',
      action: 'rows-write',
      foreign: thingsBoardManners,
      summary: 'Store what a device of ThingsBoard measures: an object, {ts, values}, or a list of either',
      params,
      status: 200,
      reply: 'text/plain',
      handle: (request, principal) => store('telemetry', request, principal),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/{token}/attributes',
      permission: 'samples:write',
      action: 'rows-write',
      foreign: thingsBoardManners,
      summary: 'Store what a device of ThingsBoard says of itself, as tags `attributes.NAME`',
      params,
      status: 200,
      reply: 'text/plain',
      handle: (request, principal) => store('attributes', request, principal),
    }),
  ];
}

type Kind = 'telemetry' | 'attributes';

async function* slices(told: { kind: Kind; text: string; source: string; arrivedAt: number }): AsyncGenerator<Slice> {
  const { readings, rejections } = takeThingsBoard(`v1/devices/me/${told.kind}`, told.text, told);
  const rejected = rejections.map(({ where, reason }) => ({
    where: where.replace(/^v1\/devices\/me\/\w+ ?/, '') || 'body',
    what: `value-unreadable: ${reason}`,
  }));
  yield { rows: [], places: [], rejected };
  for (const rows of slicesOf(readings)) {
    yield { rows, places: rows.map(({ name, sourceTime }) => `${name} at ${sourceTime}`), rejected: [] };
  }
}
