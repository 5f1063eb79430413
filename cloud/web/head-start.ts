import type { User } from './api-shapes.ts';
import { isFresh, keptPair } from './session-tokens.ts';

/** Pages about the plant; each asks for its assets first. */
const plantPages = /^\/($|(andon|lines|machines|reports|signals)(\/|$))/;
const answerWithinMs = 15_000;
/** Whoever comes later wants to know how it is then. */
const freshMs = 10_000;

interface Asked {
  readonly answer: Promise<Response>;
  readonly at: number;
}

const sent = new Map<string, Asked>();

/**
 * Asks who is signed in and what the plant consists of while the code of the page is still on its way. It must need
 * nothing of that code. The plant is asked for only where the user may see it: a refusal would stand in the audit.
 */
export function askAhead(): void {
  const pair = keptPair();
  // One that may be refused is renewed first, by the page.
  if (pair === undefined || !isFresh(pair)) return;
  const { token } = pair;
  void ask('/sessions/current', token).then(async (answer) => {
    if (!answer.ok || !plantPages.test(location.pathname)) return;
    const { user } = (await answer.clone().json()) as { user: User };
    if (user.permissions.includes('assets:read') && !user.mustChangePassword) void ask('/assets', token).catch(ignored);
  }, ignored);
}

/** The answer to what was asked ahead, to the first who wants it. */
export function askedAhead(method: string, path: string, token: string | undefined): Promise<Response> | undefined {
  const key = keyOf(path, token);
  const asked = method === 'GET' ? sent.get(key) : undefined;
  sent.delete(key);
  return asked !== undefined && performance.now() - asked.at < freshMs ? asked.answer : undefined;
}

function ask(path: string, token: string): Promise<Response> {
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
  const answer = fetch(`/api/v1${path}`, { headers, signal: AbortSignal.timeout(answerWithinMs) });
  sent.set(keyOf(path, token), { answer, at: performance.now() });
  return answer;
}

function keyOf(path: string, token: string | undefined): string {
  return `${token} ${path}`;
}

/** Whoever takes the answer hears of the failure; nobody may come. */
function ignored(): void {}
