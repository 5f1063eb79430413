import { messageOf, Problem } from '@gongfu/shared/base/problem';
import express, { type Request, type Response } from 'express';

/** Bytes of a body, unpacked. */
const bytesMax = 256 * 1024;
/** Of somebody who has not shown who it is: a sign-in, an enrolment. */
const strangerBytesMax = 16 * 1024;
/** Objects and lists in each other. */
const depthMax = 64;
/** Keys with their values, in all objects of a body together. */
const membersMax = 10_000;

/** Reads the JSON body of requests. What is too much is refused before it is read, unpacked or parsed. */
export function bodyReader(
  options: { ofStrangers?: boolean } = {},
): (request: Request, response: Response) => Promise<void> {
  const limit = options.ofStrangers === true ? strangerBytesMax : bytesMax;
  const parse = express.json({ limit, strict: true, verify: (_request, _response, bytes) => requireSmall(bytes) });
  return (request, response) =>
    new Promise((resolve, reject) => {
      // The parser says so too, but only after it has read all of it.
      let bytes = 0;
      const count = (more: number): void => {
        bytes += more;
        if (bytes > limit) reject(bodyProblem(tooLarge, limit));
      };
      const announced = Number(request.headers['content-length'] ?? 0);
      if (announced > limit) return count(announced);
      request.on('data', (chunk: Buffer) => count(chunk.length));
      parse(request, response, (error?: unknown) => {
        // The parser passes over what is not JSON, as if there were no body.
        if (error === undefined && request.is('json') === false) reject(bodyProblem(notJson, limit));
        else if (error === undefined) resolve();
        else reject(bodyProblem(error, limit));
      });
    });
}

const tooLarge = Object.assign(new Error('it is too large'), { status: 413 });
const notJson = Object.assign(new Error('it is not declared as application/json'), { status: 415 });
const tooDeep = Object.assign(new Error(`lists and objects lie in each other deeper than ${depthMax}`), {
  status: 400,
});
const tooWide = Object.assign(new Error(`its objects have more than ${membersMax} members`), { status: 400 });

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Parsed, a deep body or one of many keys takes a hundred times its bytes of memory. */
function requireSmall(bytes: Buffer): void {
  let [depth, members, inText] = [0, 0, false];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText && byte === backslash) at += 1;
    else if (byte === quote) inText = !inText;
    else if (inText) continue;
    else if (byte === colon) members += 1;
    else if (byte === openList || byte === openObject) depth += 1;
    else if (byte === closeList || byte === closeObject) depth -= 1;
    if (depth > depthMax) throw tooDeep;
    if (members > membersMax) throw tooWide;
  }
}

function bodyProblem(error: unknown, limit: number): Problem {
  const status = Number((error as { status?: number }).status);
  const known = status === 413 || status === 415 ? status : 400;
  return new Problem({
    code: known === 413 ? 'body-too-large' : 'body-unreadable',
    detail: `the body cannot be read: ${messageOf(error)}`,
    advice: `Send JSON of at most ${limit} bytes with Content-Type application/json.`,
    reaction: 'drop',
    status: known,
  });
}
