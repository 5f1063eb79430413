import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** So many characters of the body go out, then the connection is reset. */
  readonly cutAt?: number;
}

/** A request that has come to the proxy, with its head only. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  /** Of the body as announced; 0 where it is not. */
  readonly bytes: number;
  /** The body, to its end. */
  text(): Promise<string>;
  /** To the server and back; 502 when there is none. Also for a client that has gone meanwhile. */
  forward(): Promise<Answer>;
}

export type Rule = (request: Passing) => Answer | Promise<Answer>;

const through: Rule = (request) => request.forward();
/** What belongs to one connection, and what the client of this proxy has decoded already. */
const ofConnection = [
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
];

/** A reverse proxy before a server nobody here wrote: answers in its place, holds back, or cuts off, by a rule. */
export class AnsweringProxy {
  rule: Rule = through;
  readonly #target: { readonly host: string; readonly port: number };
  #server: Server | undefined;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  /** @returns the port to connect to */
  async start(): Promise<number> {
    this.#server = createServer((request, response) => void this.#pass(request, response));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  restore(): void {
    this.rule = through;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    let body: Promise<string> | undefined;
    const read = (): Promise<string> => {
      body ??= text(request);
      return body;
    };
    const forward = async (): Promise<Answer> => this.#ask({ method, path, headers, body: await read() });
    const bytes = Number(headers['content-length'] ?? 0);
    try {
      const answer = await this.rule({ method, path, bytes, text: read, forward });
      // Who has not let the body come reads it away, and keeps no connection on which it might be taken for a request.
      if (body === undefined) response.setHeader('connection', 'close');
      request.resume();
      send(response, answer);
    } catch {
      request.socket.resetAndDestroy();
    }
  }

  async #ask(asked: { method: string; path: string; headers: IncomingMessage['headers']; body: string }) {
    const { method, path, body } = asked;
    const headers = Object.entries(asked.headers).filter(([name]) => !ofConnection.includes(name));
    const address = `http://${this.#target.host}:${this.#target.port}${path}`;
    try {
      const answer = await fetch(address, {
        method,
        headers: headers.map(([name, value]) => [name, String(value)]),
        ...(method === 'GET' ? {} : { body }),
      });
      const kept = [...answer.headers].filter(([name]) => !ofConnection.includes(name));
      return { status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() };
    } catch {
      return { status: 502, body: 'no server behind the proxy' };
    }
  }
}

function send(response: ServerResponse, { status, headers = {}, body = '', cutAt }: Answer): void {
  response.writeHead(status, headers);
  if (cutAt === undefined) response.end(body);
  else response.write(body.slice(0, cutAt), () => response.socket?.resetAndDestroy());
}
