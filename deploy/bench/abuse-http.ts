import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { AbuseLoad, Attack, Count } from './abuse-rows.ts';

const unpackedBytes = 64 * 1024 ** 2;
const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')]);
const signInPath = '/api/v1/sessions';

/** What is thrown at the HTTP door, by its row. */
export const httpAttacks: Record<string, (load: AbuseLoad, count: Count) => Attack> = {
  endlessBodies: ({ url }, count) => {
    const head = `POST ${signInPath} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
    return { lanes: 4, once: () => raw(url, `${head}Transfer-Encoding: chunked\r\n\r\n`, count, pump) };
  },
  bombs: ({ url }, count) => {
    const bomb = gzipSync(Buffer.alloc(unpackedBytes));
    return { lanes: 8, once: () => post(url, count, bomb, { 'content-encoding': 'gzip' }) };
  },
  nestedBombs: ({ url }, count) => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(unpackedBytes)));
    return { lanes: 8, once: () => post(url, count, bomb, { 'content-encoding': 'gzip' }) };
  },
  deepJson: (load, count) => {
    const deep = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    return { lanes: 8, once: () => postWithin(load, count, deep) };
  },
  wideJson: (load, count) => {
    const wide = `{${Array.from({ length: 15_000 }, (_, n) => `"k${n}":0`).join()}}`;
    return { lanes: 8, once: () => postWithin(load, count, wide) };
  },
  signIns: ({ url }, count) => ({ lanes: 8, once: () => post(url, count, '{"user":"admin","password":"guess"}') }),
  smuggled: ({ url }, count) => {
    const text = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n';
    return { lanes: 8, once: () => raw(url, text, count) };
  },
  slowHeaders: ({ url }, count) => ({
    lanes: 500,
    once: () => raw(url, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ', count),
  }),
  // Somebody signed in who asks for what they may not, each time for something else.
  denied: ({ url, narrowToken }, count) => {
    let asked = 0;
    const headers = { authorization: `Bearer ${narrowToken}` };
    return {
      lanes: 8,
      once: async () => {
        asked += 1;
        const response = await fetch(`${url}/api/v1/users/nobody-${asked}`, { method: 'DELETE', headers });
        await response.text();
        count(response.status);
      },
    };
  },
};

/** By somebody signed in, who may do what is asked, and by somebody who is not. */
async function postWithin({ url, token }: AbuseLoad, count: Count, body: string): Promise<void> {
  await post(url, count, body);
  await post(url, count, body, { authorization: `Bearer ${token}` }, '/api/v1/users');
}

async function post(
  url: string,
  count: Count,
  body: string | Uint8Array<ArrayBuffer>,
  headers = {},
  path = signInPath,
): Promise<void> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.text();
  count(response.status);
}

function pump(socket: Socket): void {
  const fill = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', fill);
  fill();
}

function raw(url: string, text: string, count: Count, then: (socket: Socket) => void = () => undefined): Promise<void> {
  return new Promise((resolve) => {
    let answer = '';
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.write(text);
      then(socket);
    });
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      count(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'cut');
      resolve();
    });
  });
}
