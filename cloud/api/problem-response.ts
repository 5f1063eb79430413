import { STATUS_CODES } from 'node:http';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { LocalText } from '@gongfu/shared/model/asset';
import type { Response } from 'express';
import { z } from 'zod';
import { problemCatalogue } from '../problems.ts';

/** RFC 9457 problem details, with our code, advice and places. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  advice: z.string(),
  text: z.object({ zh: z.string(), en: z.string() }).optional().describe('what the code means, for people'),
  places: z.array(z.object({ where: z.string(), what: z.string() })).optional(),
});

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not permitted',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Not ready',
};

/** `foreignText`: how a program of another server reads problems. */
export function sendProblem(response: Response, problem: Problem, foreignText?: (problem: Problem) => string): void {
  if (problem.retryAfterMs !== undefined) {
    response.setHeader('Retry-After', String(Math.ceil(problem.retryAfterMs / 1000)));
  }
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  const type = foreignText === undefined ? 'application/problem+json' : 'application/json';
  response
    .status(problem.status)
    .type(type)
    .send((foreignText ?? problemText)(problem));
}

export function problemText(problem: Problem): string {
  return JSON.stringify({
    type: 'about:blank',
    title: titles[problem.status] ?? 'Problem',
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    advice: problem.advice,
    text: (problemCatalogue as Readonly<Record<string, LocalText>>)[problem.code],
    ...(problem.places.length > 0 ? { places: problem.places } : {}),
  });
}

/** The whole answer as it goes over the wire, for a connection that ends with it. */
export function rawProblem(problem: Problem): string {
  const body = problemText(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** Enough for a person to go on with; what is sent can be wrong in ten thousand places, or name ten thousand keys. */
const placesMax = 50;
const placeLengthMax = 500;

/** A part of a request that does not fit its schema; all wrong places at once. */
export function invalidRequest(part: 'path' | 'query' | 'body', issues: readonly z.core.$ZodIssue[]): Problem {
  const places: ProblemPlace[] = issues.slice(0, placesMax).map((issue) => ({
    where: [part, ...issue.path.map(String)].join('.').slice(0, placeLengthMax),
    what:
      issue.code === 'invalid_type' && issue.input === undefined
        ? 'is missing'
        : issue.message.slice(0, placeLengthMax),
  }));
  return new Problem({
    code: 'request-invalid',
    detail: places.map((place) => `${place.where}: ${place.what}`).join('; '),
    advice: 'Correct the places named; /api/openapi.json describes the request.',
    reaction: 'drop',
    status: 400,
    places,
  });
}

export function notFound(what: string): Problem {
  return new Problem({
    code: 'not-found',
    detail: `${what} does not exist`,
    advice: 'Check the path or the id; only what belongs to your tenant can be found.',
    reaction: 'drop',
    status: 404,
  });
}

export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): Problem {
  return new Problem({
    code: 'method-not-allowed',
    detail: `${path} cannot be asked with ${method}`,
    advice: `Use ${allowed.join(' or ')}; /api/openapi.json describes the requests.`,
    reaction: 'drop',
    status: 405,
  });
}
