import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { Problem } from '@gongfu/shared/base/problem';

/**
 * Asks a person twice without showing what is typed; from a file or a pipe the first line is taken.
 * @throws Problem `local-password-unfit` when the two differ, or nothing comes
 */
export async function askPassword(
  input: Readable & Pick<Partial<ReadStream>, 'isTTY'>,
  output: Writable,
): Promise<string> {
  if (input.isTTY !== true) {
    const line = await firstLine(input);
    if (line !== undefined) return line;
    throw unfit('no password came from standard input');
  }
  const first = await ask(input, output, 'New password of the local page 本机密码: ');
  const second = first === undefined ? undefined : await ask(input, output, 'Once more 再输一次: ');
  if (first === undefined || second === undefined) throw unfit('nothing was typed, so nothing was set');
  if (first !== second) throw unfit('the two passwords differ');
  return first;
}

/** The password that is set, asked for once; from a file or a pipe the first line is taken. @throws Problem `local-password-wrong` */
export async function askKnownPassword(
  input: Readable & Pick<Partial<ReadStream>, 'isTTY'>,
  output: Writable,
): Promise<string> {
  const given = input.isTTY === true ? await ask(input, output, 'Local password 本机密码: ') : await firstLine(input);
  if (given !== undefined && given !== '') return given;
  throw new Problem({
    code: 'local-password-wrong',
    detail: 'no local password was given',
    advice: 'Type it, pipe it in, or set GONGFU_LOCAL_PASSWORD.',
    reaction: 'stop',
  });
}

async function firstLine(input: Readable): Promise<string | undefined> {
  for await (const line of createInterface({ input })) return line;
  return undefined;
}

/** Undefined when it was given up. */
async function ask(input: Readable, output: Writable, question: string): Promise<string | undefined> {
  // What readline would echo goes nowhere.
  const muted = createInterface({ input, terminal: true });
  const given = new AbortController();
  muted.once('SIGINT', () => muted.close());
  muted.once('close', () => given.abort());
  output.write(question);
  try {
    return await muted.question('', { signal: given.signal });
  } catch {
    return undefined;
  } finally {
    muted.close();
    output.write('\n');
  }
}

function unfit(detail: string): Problem {
  return new Problem({
    code: 'local-password-unfit',
    detail,
    advice: 'Type it again, or pipe it in: echo "$PASSWORD" | gongfu-edge password -c FILE',
    reaction: 'drop',
  });
}
