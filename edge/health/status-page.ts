import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Health } from './health.ts';
import { Metrics } from './metrics.ts';
import { type Language, statusPage } from './page.ts';

/** The agent's own small web server: `/` for people, `/healthz` and `/metrics` for machines. Reads only; no secrets. */
export class StatusPage implements Part {
  readonly #host: string;
  readonly #port: number;
  readonly #health: Health;
  readonly #metrics: Metrics;
  #server: Server | undefined;

  constructor(options: { host: string; port: number; health: Health }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#health = options.health;
    this.#metrics = new Metrics({ health: options.health });
  }

  /** @throws Problem `port-taken`, `port-unusable` */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(messageOf(error));
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(this.#unusable(error)));
      server.listen(this.#port, this.#host, resolve);
    });
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Where it listens; undefined while it does not. */
  get url(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    if (address === undefined || address === null) return undefined;
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host}:${address.port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (pathname === '/healthz') {
      const report = this.#health.report();
      reply(response, 200, 'application/json', JSON.stringify({ status: report.ok ? 'ok' : 'degraded', ...report }));
    } else if (pathname === '/metrics') {
      reply(response, 200, this.#metrics.contentType, await this.#metrics.text());
    } else if (pathname === '/') {
      const language = languageOf(searchParams.get('lang'), request.headers['accept-language']);
      const html = statusPage(this.#health.report(), this.#health.lastValues(), language);
      reply(response, 200, 'text/html; charset=utf-8', html);
    } else {
      reply(response, 404, 'text/plain; charset=utf-8', 'Here are / , /healthz and /metrics.\n');
    }
  }

  #unusable(error: NodeJS.ErrnoException): Problem {
    const taken = error.code === 'EADDRINUSE';
    return new Problem({
      code: taken ? 'port-taken' : 'port-unusable',
      detail: taken
        ? `port ${this.#port} on ${this.#host} is in use by another program, so the status page cannot listen there`
        : `the status page cannot listen on ${this.#host}:${this.#port}: ${messageOf(error)}`,
      advice: 'Set status.port to a free port, or to 0 to let the system choose one.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    })
    .end(body);
}

function languageOf(asked: string | null, accepted: string | undefined): Language {
  if (asked === 'zh' || asked === 'en') return asked;
  return accepted?.toLowerCase().startsWith('zh') === true ? 'zh' : 'en';
}
