import { once } from 'node:events';
import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { HttpError } from '@influxdata/influxdb-client';

/**
 * Sends bytes as they are: the client makes a text of a body, and a copy of that. @throws HttpError as the client does,
 * for whatever is not an answer of well-being; Error where there is none
 */
export async function post(
  url: string,
  body: Uint8Array,
  options: { agent: Agent; headers: Record<string, string>; signal: AbortSignal },
): Promise<void> {
  const { agent, signal } = options;
  const headers = { ...options.headers, 'content-length': body.length };
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    agent,
    headers,
    signal,
  });
  // One that comes after the answer has begun is told by the answer.
  request.on('error', () => undefined);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { statusCode = 600, statusMessage, headers: told } = response;
  const answer = await text(response).catch((error: unknown) => {
    if (statusCode < 300) throw error;
    return undefined;
  });
  if (statusCode < 300) return;
  throw new HttpError(
    statusCode,
    statusMessage,
    answer || String(told['x-influxdb-error'] ?? ''),
    told['retry-after'],
    told['content-type'],
    // Who refuses a body before it has come may cut the connection over the rest: what was answered by then counts.
    answer === undefined ? 'it cut the connection over the body' : undefined,
    told,
  );
}
