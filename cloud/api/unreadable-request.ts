import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { rawProblem } from './problem-response.ts';
import { patienceMs } from './refusal-pace.ts';
import type { Turns } from './turns.ts';

interface UnreadableOptions {
  /** The turns of those who are refused: an address that goes on and on is answered late. */
  readonly refusals: Turns;
  readonly clock: Clock;
  readonly onUnreadable: (refused: { code: string; address: string }) => void;
}

/**
 * Answers what never becomes a request with a problem like everything else: bytes that are no HTTP, two lengths at once,
 * headers or a body that do not come. The connection ends with it, so nothing hidden behind it is ever read.
 */
export function refuseUnreadable(server: Pick<Server, 'on'>, options: UnreadableOptions): void {
  const answering = new WeakMap<object, ServerResponse>();
  const refused = new WeakSet<object>();
  server.on('request', (request, response) => answering.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const begun = answering.get(socket);
    // In the middle of an answer there is no place for another one.
    const isBusy = begun?.headersSent && !begun.writableFinished;
    if (!socket.writable || isBusy || error.code === 'ECONNRESET') socket.destroy();
    // One that waits for its answer is told once, whatever else it sends.
    else if (!refused.has(socket)) {
      refused.add(socket);
      refuse(socket as Socket, problemOf(error.code ?? ''), options);
    }
  });
}

function refuse(connection: Socket, problem: Problem, { refusals, clock, onUnreadable }: UnreadableOptions): void {
  const address = connection.remoteAddress ?? '';
  // Who is slow has only a bad line, most often.
  const isSlow = problem.status === 408;
  if (!isSlow) onUnreadable({ code: problem.code, address });
  const waitMs = isSlow ? 0 : refusals.waitMs(address);
  if (!isSlow && waitMs <= patienceMs) refusals.take(address);
  const answer = (): void => endWith(connection, problem);
  if (waitMs === 0) answer();
  else connection.once('close', clock.after(Math.min(waitMs, patienceMs), answer));
}

function endWith(connection: Socket, problem: Problem): void {
  connection.end(rawProblem(problem));
  // What the other side may still send is nobody's any more.
  connection.destroySoon();
}

function problemOf(code: string): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem({
      code: 'request-too-slow',
      detail: 'the request did not arrive in time',
      advice: 'Send it again, over a faster connection if it is large.',
      reaction: 'retry',
      status: 408,
    });
  }
  const isTooLarge = code === 'HPE_HEADER_OVERFLOW';
  return new Problem({
    code: 'request-unreadable',
    detail: isTooLarge
      ? 'the headers of the request are too large'
      : 'this is no HTTP request that can be read one way only',
    advice: isTooLarge ? 'Send fewer and shorter headers.' : 'Check the program, or the proxy, that sent it.',
    reaction: 'drop',
    status: isTooLarge ? 431 : 400,
  });
}
