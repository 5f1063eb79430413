import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, Problem } from '@gongfu/shared/base/problem';

/**
 * The bytes of a body as they come, unpacked. Whoever reads slowly slows the sender down: no more than a few pieces are in memory.
 * @throws Problem `body-too-large`, `body-unreadable`
 */
export async function* unpackedBody(
  request: { readonly stream: Readable; readonly headers: IncomingHttpHeaders },
  bytesMax: number,
): AsyncGenerator<Buffer> {
  const { stream, headers } = request;
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') throw unreadable(`the encoding ${encoding.slice(0, 40)}`, 415);
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const source = piped(stream, encoding === 'gzip');
  let bytes = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw error instanceof Problem ? error : unreadable(messageOf(error), 400);
  } finally {
    // The request itself goes on: it is still to be answered, and what comes until then is thrown away.
    stream.unpipe();
    source.destroy();
    stream.resume();
  }
}

/** The whole body as text. @throws Problem `body-too-large`, `body-unreadable` */
export async function bodyText(request: Parameters<typeof unpackedBody>[0], bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of unpackedBody(request, bytesMax)) chunks.push(chunk);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw unreadable('it is not UTF-8', 400);
  }
}

function piped(stream: Readable, isPacked: boolean): Readable {
  const read = isPacked ? createGunzip({ chunkSize: 64 * 1024 }) : new PassThrough();
  stream.once('close', () => {
    if (!stream.readableEnded) read.destroy(new Error('the connection broke'));
  });
  return stream.pipe(read);
}

function tooLarge(bytesMax: number): Problem {
  return new Problem({
    code: 'body-too-large',
    detail: `the body cannot be read: it has more than ${bytesMax} bytes`,
    advice: 'Send it in several requests.',
    reaction: 'drop',
    status: 413,
  });
}

function unreadable(reason: string, status: 400 | 415): Problem {
  return new Problem({
    code: 'body-unreadable',
    detail: `the body cannot be read: ${reason}`,
    advice: 'Send it whole, as it is or packed with gzip.',
    reaction: 'drop',
    status,
  });
}
