import type { IncomingMessage } from 'node:http';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import express from 'express';
import { rawProblem } from './problem-response.ts';
import { Turns } from './turns.ts';

type Decide = (refusal: string | null, allowed: boolean) => void;

export interface SocketGuardOptions {
  readonly allowedOrigins: readonly string[];
  /** Sockets one address may hold open at once. */
  readonly connectionsPerAddress: number;
  readonly trustedProxies: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Of one address. Each takes about a millisecond: all at once they would keep everybody else waiting for seconds. */
const handshakes = { perSecond: 100, burst: 20 };

/**
 * Lets a socket in when its page came from this service, or from an origin the operator has named, and its address does
 * not hold too many already. A browser always sends its origin and cannot change it; programs send none. CORS would not
 * guard a websocket. Who opens many at once gets them one after the other.
 */
export function socketGuard(options: SocketGuardOptions): (request: IncomingMessage, decide: Decide) => void {
  const held = new HeldConnections(options);
  const turns = new Turns({ ...handshakes, clock: options.clock });
  let told: string | undefined;
  const letIn = (decide: Decide, waitMs: number): void => {
    if (waitMs === 0) decide(null, true);
    else options.clock.after(waitMs, () => decide(null, true));
  };
  return (request, decide) => {
    const address = held.addressOf(request);
    const problem = originProblem(request, options.allowedOrigins) ?? held.take(request, address);
    if (problem === undefined) return letIn(decide, turns.take(address));
    const { code, advice, message } = problem;
    if (message !== told) options.log.warn({ code, origin: request.headers.origin, advice }, message);
    told = message;
    refuse(request, problem);
    decide(code, false);
  };
}

/** Counts by the address of the client, which a trusted proxy tells. */
class HeldConnections {
  readonly #most: number;
  readonly #isTrusted: (address: string, distance: number) => boolean;
  readonly #counts = new Map<string, number>();

  constructor({ connectionsPerAddress, trustedProxies }: SocketGuardOptions) {
    this.#most = connectionsPerAddress;
    this.#isTrusted = express()
      .set('trust proxy', [...trustedProxies])
      .get('trust proxy fn');
  }

  take(request: IncomingMessage, address: string): Problem | undefined {
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#most) return tooManyConnections(address, this.#most);
    this.#counts.set(address, count + 1);
    request.socket.once('close', () => {
      const left = this.#counts.get(address)! - 1;
      if (left > 0) this.#counts.set(address, left);
      else this.#counts.delete(address);
    });
    return undefined;
  }

  addressOf({ socket, headers }: IncomingMessage): string {
    const forwarded = [headers['x-forwarded-for'] ?? []]
      .flat()
      .flatMap((text) => text.split(','))
      .reverse();
    let address = socket.remoteAddress ?? '';
    for (const [distance, next] of forwarded.entries()) {
      if (!this.#isTrusted(address, distance)) break;
      address = next.trim();
    }
    return address;
  }
}

function originProblem({ headers }: IncomingMessage, allowed: readonly string[]): Problem | undefined {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes(origin)) return undefined;
  return URL.canParse(origin) && new URL(origin).host === host ? undefined : foreignOrigin(origin);
}

/** Answered here, because engine.io says 400 without a word to whatever is refused; it then finds the socket ended. */
function refuse({ socket }: IncomingMessage, problem: Problem): void {
  socket.end(rawProblem(problem));
}

function foreignOrigin(origin: string): Problem {
  return new Problem({
    code: 'origin-foreign',
    detail: `a page of ${origin.slice(0, 200)} may not open a socket here`,
    advice: 'Open the page of this service itself, or add that origin to http.allowedOrigins.',
    reaction: 'stop',
    status: 403,
  });
}

function tooManyConnections(address: string, most: number): Problem {
  return new Problem({
    code: 'connections-too-many',
    detail: `${address.slice(0, 100)} holds ${most} sockets open, which is the most one address may`,
    advice: 'Close some; where many people or gateways share an address, raise http.connectionsPerAddress.',
    reaction: 'retry',
    status: 429,
  });
}
