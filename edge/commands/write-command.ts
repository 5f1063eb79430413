import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { z } from 'zod';
import { type LookView, lookView, type WriteView, writeView } from './write-routes.ts';

export interface WriteRequest {
  /** Of the local page, as `http://127.0.0.1:8081`. */
  readonly page: string;
  readonly password: string;
  /** `source/tag`, or the name of a tag only one source has. */
  readonly tag: string;
  readonly value: string;
  readonly key: string;
  readonly expiresInMs: number;
  readonly by: string;
  readonly reason: string;
  readonly now: () => number;
  /** Shows what would be done; false: it is not to be. Undefined: nobody is asked. */
  readonly confirm: ((lines: readonly string[]) => Promise<boolean>) | undefined;
}

const answerWithinMs = 30_000;
const problemView = z.object({
  code: z.string(),
  detail: z.string(),
  advice: z.string(),
  places: z.array(z.object({ where: z.string(), what: z.string() })).default([]),
});

/**
 * `gongfu-edge write`: asks the running agent, by its local page. Resolves with what became of it, and whether it was written;
 * undefined when it was not confirmed. @throws Problem of the agent, or `agent-unreachable`
 */
export async function askForWrite(request: WriteRequest): Promise<{ isWritten: boolean; text: string } | undefined> {
  const { tag, value, key, expiresInMs, by, reason, now, confirm } = request;
  if (confirm !== undefined) {
    const look = await ask(request, '/api/v1/writes/check', { tag, value }, lookView);
    if (look.refusal !== null) {
      return { isWritten: false, text: [...lookLines(look), refusalText(look.refusal)].join('\n') };
    }
    if (!(await confirm(lookLines(look)))) return undefined;
  }
  const expiresAt = now() + expiresInMs;
  const done = await ask(request, '/api/v1/writes', { tag, value, key, expiresAt, by, reason }, writeView);
  return { isWritten: done.outcome === 'written', text: doneText(done) };
}

function lookLines({ tag, type, unit, minimum, maximum, now, value, interlocks }: LookView): string[] {
  const symbol = unit === '' ? '' : ` ${unit}`;
  return [
    `tag       ${tag} (${type})`,
    `now       ${reading(now)}${symbol}`,
    `new       ${JSON.stringify(value)}${symbol}`,
    ...(minimum === null ? [] : [`bounds    ${minimum} to ${maximum}${symbol}`]),
    ...interlocks.map(
      (one) => `interlock ${one.tag} is ${reading(one.now)}, must be ${one.must}${one.holds ? '' : ' (!)'}`,
    ),
    ...(interlocks.length === 0 ? ['interlock none'] : []),
  ];
}

function reading({ value, quality, status }: LookView['now']): string {
  const shown = value === null ? 'unknown' : JSON.stringify(value);
  return quality === 'good' ? shown : `${shown} (${status})`;
}

function refusalText({ code, detail }: { code: string; detail: string }): string {
  return `not written: ${detail} [${code}]`;
}

function doneText({ tag, value, outcome, code, detail, readBack, key }: WriteView): string {
  const word = outcome === null ? 'under way' : code === outcome || code === null ? outcome : `${outcome} (${code})`;
  const parts = [`${word}  ${tag} = ${JSON.stringify(value)}`];
  if (readBack !== null) parts.push(`read back ${JSON.stringify(readBack)}`);
  if (detail !== '') parts.push(detail);
  return [...parts, `key ${key}`].join('  ');
}

async function ask<T>(
  { page, password, key }: WriteRequest,
  path: string,
  body: object,
  answer: z.ZodType<T>,
): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, page), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`gongfu-edge:${password}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
      // The password goes to this address and to no other.
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable({ page, key }, error);
  }
  const told = jsonIn(text);
  const problem = response.ok ? undefined : problemView.safeParse(told);
  if (problem?.success === true) throw new Problem({ ...problem.data, reaction: 'stop' });
  const parsed = answer.safeParse(told);
  if (parsed.success) return parsed.data;
  throw unreachable({ page, key }, new Error(`it answers ${response.status}, and not as an agent of this version`));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable({ page, key }: Pick<WriteRequest, 'page' | 'key'>, cause: unknown): Problem {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return new Problem({
    code: 'agent-unreachable',
    detail: `the local page at ${page} does not answer as it should: ${messageOf(inner)}`,
    advice: `Start the agent, or name its page with --page. Whether it arrived gongfu-edge commands tells; with --key ${key} it is written at most once.`,
    reaction: 'stop',
    cause,
  });
}
