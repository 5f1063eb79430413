import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { Request, RequestHandler } from 'express';
import { sendProblem } from './problem-response.ts';
import { Turns } from './turns.ts';

/** Refused for what was sent, or for asking on after having been told to wait; 409 happens to those who mean well. */
const refusedStatuses: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 422, 429, 431]);
/** Nobody waits longer than this for a turn. */
export const patienceMs = 2_000;
const burstSeconds = 3;
const knownMax = 10_000;
/** Asked by what restarts a service that does not answer: that must not be brought about by a neighbour. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** The turns of those who are refused, by address or credential: beyond a burst, so many a second. */
export function refusalTurns({
  refusalsPerSecond: perSecond,
  clock,
}: {
  refusalsPerSecond: number;
  clock: Clock;
}): Turns {
  return new Turns({ perSecond, burst: perSecond * burstSeconds, clock });
}

/**
 * Whoever is refused over and over waits, instead of taking the time of everybody else: beyond a burst, the requests of
 * that address get so many turns a second, and those whose turn is too far off are told so, late. Credentials that have
 * been answered well lately are counted by themselves, so that people who share an address with a program gone wrong
 * do not wait with it.
 */
export function refusalPace({ refusals: turns, clock }: { refusals: Turns; clock: Clock }): RequestHandler {
  const known = new Set<string>();
  return (request, response, next) => {
    if (probes.has(request.path)) return next();
    const credential = credentialOf(request);
    const address = request.ip ?? '';
    const who = credential !== undefined && known.has(credential) ? credential : address;
    const waitMs = turns.waitMs(who);
    response.once('finish', () => {
      // One that has waited has had its turn.
      if (waitMs === 0 && refusedStatuses.has(response.statusCode)) turns.take(who);
      if (credential !== undefined && response.statusCode < 400) remember(known, credential);
    });
    if (waitMs === 0) return next();
    const isTooFar = waitMs > patienceMs;
    const cancel = clock.after(isTooFar ? patienceMs : turns.take(who), () => {
      if (isTooFar) sendProblem(response, refusedTooOften(waitMs));
      else next();
    });
    response.once('close', cancel);
  };
}

function credentialOf({ headers }: Request): string | undefined {
  const { authorization } = headers;
  return authorization === undefined ? undefined : createHash('sha1').update(authorization).digest('base64');
}

function remember(known: Set<string>, credential: string): void {
  known.delete(credential);
  known.add(credential);
  if (known.size <= knownMax) return;
  const [oldest = ''] = known;
  known.delete(oldest);
}

function refusedTooOften(waitMs: number): Problem {
  return new Problem({
    code: 'refused-too-often',
    detail: 'requests of this address, or with this token, were refused too often lately',
    advice: 'Look at what the answers before said, and mend that. What is right is answered again in a few seconds.',
    reaction: 'retry',
    status: 429,
    retryAfterMs: waitMs,
  });
}
