import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { guardedLookup, requireDestination } from './destination-guard.ts';

const timeoutMs = 10_000;

/** One POST; redirects are not followed, the answer's body is not read. Resolves with the status. @throws Error, Problem */
export async function post(options: {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  allowedHosts: readonly string[];
}): Promise<number> {
  const { headers, body, allowedHosts } = options;
  const url = new URL(options.url);
  requireDestination(url, allowedHosts);
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      lookup: guardedLookup(allowedHosts),
      signal: AbortSignal.timeout(timeoutMs),
      agent: false,
    });
    asked.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    asked.once('error', reject);
    asked.end(body);
  });
}
