import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { type Door, isOwnForm } from './door.ts';
import type { ProgramRoute } from './pages/page.ts';

/**
 * What programs may have done, as JSON. The password goes with each request: a session of a browser lets nobody in here, and a
 * page of another site cannot ask, as it tells its origin and may not send JSON.
 */
export function programRoutes(options: {
  readonly programs: readonly ProgramRoute[];
  readonly door: Door;
  readonly log: Logger;
}): Router {
  const { programs, door, log } = options;
  const router = Router();
  const readJson = express.json({ limit: '64kb' });
  const refuseStrangers = (request: Request, _response: Response, next: NextFunction) =>
    requireProgram(door, request).then(() => next(), next);
  for (const { path, answer } of programs) {
    router.post(path, refuseStrangers, readJson, async (request: Request, response: Response) => {
      const { status, body } = await answer(request.body, request.socket.remoteAddress ?? '');
      response.status(status).json(body);
    });
    router.all(path, (_request, response) => {
      response.status(405).set('allow', 'POST').end();
    });
    router.use(path, (error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      const problem = error instanceof Problem ? error : readingProblem(error);
      if (problem === undefined) log.error({ reason: messageOf(error), path }, 'a request of a program failed');
      const { code, message: detail, advice, status, places } = problem ?? failed();
      if (status === 401) response.set('www-authenticate', 'Basic realm="gongfu-edge", charset="UTF-8"');
      response.status(status).json({ code, detail, advice, places });
    });
  }
  return router;
}

async function requireProgram(door: Door, request: Request): Promise<void> {
  if (request.headers.origin !== undefined && !isOwnForm(request)) throw foreign();
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw unread('it is not application/json');
  const standing = await door.programStanding(request);
  if (standing === 'unprotected') throw writesUnprotected();
  if (standing === 'stranger') throw passwordWrong();
}

function readingProblem(error: unknown): Problem | undefined {
  const { status = 500 } = error as { status?: number };
  return status < 500 ? unread(messageOf(error), status) : undefined;
}

function unread(why: string, status = 400): Problem {
  return new Problem({
    code: 'request-malformed',
    detail: `the request cannot be read: ${why}`,
    advice: 'Send one JSON object with the header content-type: application/json.',
    reaction: 'drop',
    status,
  });
}

function foreign(): Problem {
  return new Problem({
    code: 'request-foreign',
    detail: 'the request comes from a page of another site',
    advice: 'Send it from a program, without the header origin.',
    reaction: 'drop',
    status: 403,
  });
}

function passwordWrong(): Problem {
  return new Problem({
    code: 'local-password-wrong',
    detail: 'the local password is missing or wrong, or there were too many attempts',
    advice:
      'Send it as Basic authorization; after ten wrong ones wait five minutes. Another is set by gongfu-edge password -c FILE.',
    reaction: 'drop',
    status: 401,
  });
}

/** Whoever may change something has shown the password: without one anybody at the machine could. */
function writesUnprotected(): Problem {
  return new Problem({
    code: 'local-password-unset',
    detail: 'no local password is set, so nothing can be changed from here',
    advice: 'Set one with gongfu-edge password -c FILE; no restart is needed.',
    reaction: 'drop',
    status: 403,
  });
}

function failed(): Problem {
  return new Problem({
    code: 'request-failed',
    detail: 'the agent failed; its log has the cause',
    advice: 'Look at the log before you try again; the same key is written at most once.',
    reaction: 'retry',
  });
}
