import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { TlsOptions } from './cloud-trust.ts';

const timeoutMs = 15_000;
const answerBytesMax = 64 * 1024;

/** Posts JSON once. `fetch` would not let this gateway decide whom it trusts. @throws Error when there is no answer */
export function postJson(
  url: string,
  body: object,
  tls: TlsOptions,
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const text = JSON.stringify(body);
  const options = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    // A connection of its own: one kept from before was judged by other rules.
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  } as const;
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? tlsRequest(url, { ...options, ...tls }) : plainRequest(url, options);
    const giveUp = () => request.destroy(new Error('it was given up'));
    signal?.addEventListener('abort', giveUp, { once: true });
    request.on('close', () => signal?.removeEventListener('abort', giveUp));
    request.on('error', reject);
    request.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        answer += part;
        if (answer.length > answerBytesMax) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(answer) }));
    });
    request.end(text);
  });
}

/** A proxy in between may answer with a page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
