import type { IncomingMessage } from 'node:http';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { problemText } from './problem-response.ts';

type Decide = (refusal: string | null, allowed: boolean) => void;

/**
 * Lets a socket in when its page came from this service, or from an origin the operator has named. A browser always sends
 * its origin and cannot change it; programs send none. CORS would not guard a websocket.
 */
export function originGuard(options: {
  allowedOrigins: readonly string[];
  log: Logger;
}): (request: IncomingMessage, decide: Decide) => void {
  let told: string | undefined;
  return (request, decide) => {
    const { origin } = request.headers;
    if (origin === undefined || isAllowed(origin, request.headers.host, options.allowedOrigins))
      return decide(null, true);
    const problem = foreignOrigin(origin);
    if (origin !== told) options.log.warn({ code: problem.code, origin, advice: problem.advice }, problem.message);
    told = origin;
    refuse(request, problem);
    decide(problem.code, false);
  };
}

function isAllowed(origin: string, host: string | undefined, allowed: readonly string[]): boolean {
  return allowed.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
}

/** Answered here, because engine.io says 400 without a word to whatever is refused; it then finds the socket ended. */
function refuse({ socket }: IncomingMessage, problem: Problem): void {
  const body = problemText(problem);
  socket.end(
    [
      'HTTP/1.1 403 Forbidden',
      'Connection: close',
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
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
