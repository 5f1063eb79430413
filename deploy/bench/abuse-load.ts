import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { AbuseLoad } from './abuse-bench.ts';

/** The load of `abuse-bench.ts`, in a process of its own: many who mean harm, until their time is over. */
const bomb = gzipSync(gzipSync(Buffer.alloc(64 * 1024 ** 2)));
const bombOnce = gzipSync(Buffer.alloc(64 * 1024 ** 2));
const deep = `{"user":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')]);
const statuses: Record<string, number> = {};

process.once('message', async ({ url, seconds }: AbuseLoad) => {
  const end = performance.now() + seconds * 1000;
  const lanes = [
    ...repeat(4, () => endlessBody(url)),
    ...repeat(4, () => post(url, bomb, { 'content-encoding': 'gzip' })),
    ...repeat(4, () => post(url, bombOnce, { 'content-encoding': 'gzip' })),
    ...repeat(4, () => post(url, deep)),
    ...repeat(4, () => post(url, '{"user":"admin","password":"guess"}')),
    ...repeat(4, () =>
      raw(url, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ),
    ...repeat(500, () => raw(url, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ')),
  ];
  await Promise.all(
    lanes.map(async (attack) => {
      while (performance.now() < end) await attack().catch(() => count('broken'));
    }),
  );
  process.send?.({ result: statuses });
});

function repeat<T>(times: number, one: T): T[] {
  return new Array<T>(times).fill(one);
}

function count(outcome: string | number): void {
  statuses[outcome] = (statuses[outcome] ?? 0) + 1;
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<void> {
  const response = await fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.text();
  count(response.status);
}

function endlessBody(url: string): Promise<void> {
  const head = 'POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  return raw(url, `${head}Transfer-Encoding: chunked\r\n\r\n`, (socket) => {
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump);
    pump();
  });
}

function raw(url: string, text: string, then: (socket: Socket) => void = () => undefined): Promise<void> {
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
