import { request } from 'node:https';

/** One HTTPS request that trusts one authority only; `fetch` of Node cannot be told whom to trust. */
export function askTls(
  url: string,
  options: { ca: string; method?: string; token?: string; body?: object },
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Record<string, unknown> }> {
  const { ca, token, body } = options;
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const method = options.method ?? (body === undefined ? 'GET' : 'POST');
    const asked = request(url, { ca, method, headers, agent: false }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
      });
      response.on('error', reject);
      response.on('end', () => {
        const isJson = response.headers['content-type']?.includes('json') === true;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: isJson ? JSON.parse(answer) : { text: answer },
        });
      });
    });
    asked.on('error', reject);
    asked.end(text);
  });
}
