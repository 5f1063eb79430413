import type { Problem } from '@gongfu/shared/base/problem';
import type { Principal } from '../access/principal.ts';
import type { RowOrigin } from '../doors/row-door.ts';
import type { ForeignManners } from './route.ts';

/** Nobody tells us how often a foreign program writes; its tags count as silent after this. */
const maxSilentMs = 5 * 60_000;

/** Whose rows they are: a key that is replaced by one of the same name goes on with the same tags. */
export function originOf({ tenantId, kind, userName }: Principal): RowOrigin {
  return { tenantId, name: `${kind === 'api-key' ? 'key' : 'user'}:${userName}`, maxSilentMs };
}

const influxCodes: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  413: 'request too large',
  415: 'unsupported media type',
  429: 'too many requests',
  500: 'internal error',
  503: 'unavailable',
};

/** Clients of InfluxDB: `Token`, `Bearer` or, of version 1, the password; problems with `code` and `message`. */
export const influxManners: ForeignManners = {
  token: ({ headers, query }) => {
    const [scheme = '', rest = ''] = (headers.authorization ?? '').trim().split(/\s+/, 2);
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return rest;
      case 'token':
        return behindColon(rest);
      case 'basic':
        return behindColon(Buffer.from(rest, 'base64').toString());
      default:
        return typeof query.p === 'string' ? query.p : undefined;
    }
  },
  problemText: (problem) =>
    JSON.stringify({
      code: influxCodes[problem.status] ?? 'internal error',
      message: `${problem.message} (${problem.code})`,
      problem: ownFields(problem),
    }),
};

/** Devices of ThingsBoard show their token in the address; whoever can may send it as a bearer token. */
export const thingsBoardManners: ForeignManners = {
  token: ({ headers, params }) => /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? params.token,
};

function behindColon(text: string): string {
  return text.slice(text.indexOf(':') + 1);
}

function ownFields({ code, message: detail, advice, places, status }: Problem) {
  return { status, code, detail, advice, ...(places.length > 0 ? { places } : {}) };
}
