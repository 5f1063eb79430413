import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { LiveProblem } from '@gongfu/shared/wire/live';
import {
  assetsPerClientMax,
  everyPerClientMax,
  type LiveEventName,
  permissionOf,
  requestsOpenMax,
  tagsPerClientMax,
} from './live-events.ts';

export function problemOf(error: unknown): LiveProblem {
  if (error instanceof Problem) return { code: error.code, detail: error.message, advice: error.advice };
  // What went wrong inside is for the log, not for the browser.
  return {
    code: 'live-failed',
    detail: 'The live request could not be answered.',
    advice: 'Try again; if it stays, tell the administrator the time at which it happened.',
  };
}

/** What the log has to say of it; undefined for a problem the client caused. */
export function unexpectedText(error: unknown): string | undefined {
  return error instanceof Problem ? undefined : messageOf(error);
}

export function tooManyRequests(): Problem {
  return new Problem({
    code: 'live-too-many-requests',
    detail: `More than ${requestsOpenMax} live requests of this connection are open, or it asks too often.`,
    advice: 'Wait for the acknowledgement of a request before sending the next, and ask for many things at once.',
    reaction: 'retry',
    status: 429,
  });
}

/** Socket.IO passes `data` of the error to the client's `connect_error`. */
export function connectRefusal(error: unknown): Error & { data: LiveProblem } {
  const problem = problemOf(error);
  return Object.assign(new Error(problem.detail), { data: problem });
}

/** No reason to give up a session: the service is starting or stopping. */
export function notReady(): Problem {
  return new Problem({
    code: 'live-not-ready',
    detail: 'The service is starting or stopping.',
    advice: 'Connect again in a moment.',
    reaction: 'retry',
    status: 503,
  });
}

export function signInRequired(): Problem {
  return new Problem({
    code: 'live-sign-in-required',
    detail: 'The live connection was opened without a valid session.',
    advice: 'Sign in again and connect with the new token.',
    reaction: 'stop',
    status: 401,
  });
}

export function pageUnknown(unknown: readonly string[]): Problem {
  return new Problem({
    code: 'live-page-unknown',
    detail: `${unknown.length} page(s) of the request are unknown or show nothing live: ${unknown.slice(0, 5).join(', ')}`,
    advice: 'Name /, /lines/{assetId} or /machines/{assetId}; nothing of this request was subscribed.',
    reaction: 'drop',
    status: 404,
    places: unknown.map((address) => ({ where: 'pages', what: `unknown page ${address}` })),
  });
}

/** Told before the connection is cut. */
export function sessionEnded(): Problem {
  return new Problem({
    code: 'live-session-ended',
    detail: 'The session has ended, or what it may see or do has changed.',
    advice: 'Connect again; if that is refused, sign in again.',
    reaction: 'retry',
    status: 401,
  });
}

export function messageTooLarge(): Problem {
  return new Problem({
    code: 'live-message-too-large',
    detail: 'A message is larger than any request can be; the connection was cut.',
    advice: 'Send {tags?, assets?} within the documented limits.',
    reaction: 'stop',
    status: 413,
  });
}

export function messageInvalid(): Problem {
  return new Problem({
    code: 'live-message-invalid',
    detail: 'A message has attachments, which no request has; the connection was cut.',
    advice: 'Send requests as JSON without binary parts.',
    reaction: 'stop',
    status: 400,
  });
}

export function eventUnknown(): Problem {
  return new Problem({
    code: 'live-event-unknown',
    detail: 'There is no such live event.',
    advice: "Use 'subscribe' or 'unsubscribe'.",
    reaction: 'drop',
    status: 400,
  });
}

export function namespaceUnknown(): Problem {
  return new Problem({
    code: 'namespace-unknown',
    detail: 'Nothing is served at this Socket.IO namespace.',
    advice: 'Connect to /live.',
    reaction: 'stop',
    status: 404,
  });
}

export function forbidden(event: LiveEventName): Problem {
  return new Problem({
    code: 'live-permission-missing',
    detail: `This user may not use the live event '${event}' (needs ${permissionOf(event)}).`,
    advice: 'Ask the administrator for a role with this permission.',
    reaction: 'drop',
    status: 403,
  });
}

export function requireKnown(unknown: readonly (string | number)[], what: 'tag' | 'asset'): void {
  if (unknown.length === 0) return;
  throw new Problem({
    code: what === 'tag' ? 'live-tag-unknown' : 'live-asset-unknown',
    detail: `${unknown.length} ${what} id(s) of the request are unknown: ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ', …' : ''}`,
    advice: `Ask GET /api/v1/${what}s for the ids that exist; nothing of this request was subscribed.`,
    reaction: 'drop',
    status: 404,
    places: unknown.map((id) => ({ where: `${what}s`, what: `unknown id ${id}` })),
  });
}

export function tooLarge(after: { tags: number; assets: number; every: number }): Problem {
  return new Problem({
    code: 'live-subscription-too-large',
    detail: `The connection would follow ${after.tags} tags, ${after.assets} assets and every sample of ${after.every} tags; at most ${tagsPerClientMax}, ${assetsPerClientMax} and ${everyPerClientMax}.`,
    advice: 'Unsubscribe from what is not on the screen.',
    reaction: 'drop',
    status: 413,
  });
}
