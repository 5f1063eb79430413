import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Express } from 'express';
import { isLoopback } from './door.ts';
import type { LocalPassword } from './local-password.ts';

export interface StatusServerOptions {
  readonly host: string;
  readonly port: number;
  readonly password: LocalPassword;
  readonly application: Express;
}

/** Longer than any page takes; who sends slower than that holds a connection for nothing. */
const requestTimeoutMs = 20_000;
/** Of others in the network: this machine's own watch must always get through. */
const foreignConnectionsMax = 100;

/** The agent's own small web server. */
export class StatusServer implements Part {
  readonly #options: StatusServerOptions;
  #server: Server | undefined;
  #foreignConnections = 0;

  constructor(options: StatusServerOptions) {
    this.#options = options;
  }

  /** @throws Problem `local-password-missing`, `local-password-unreadable`, `port-taken`, `port-unusable` */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { host, port, password, application } = this.#options;
    if (!isLoopback(host) && password.generation === undefined) throw passwordMissing(host);
    const server = createServer(
      { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs / 2, connectionsCheckingInterval: 5_000 },
      application,
    );
    server.on('connection', (socket) => this.#limit(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(this.#unusable(error)));
      server.listen(port, host, resolve);
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

  #limit(socket: Socket): void {
    if (isLoopback(socket.remoteAddress ?? '')) return;
    if (this.#foreignConnections >= foreignConnectionsMax) {
      socket.destroy();
      return;
    }
    this.#foreignConnections += 1;
    socket.once('close', () => {
      this.#foreignConnections -= 1;
    });
  }

  #unusable(error: NodeJS.ErrnoException): Problem {
    const { host, port } = this.#options;
    const taken = error.code === 'EADDRINUSE';
    return new Problem({
      code: taken ? 'port-taken' : 'port-unusable',
      detail: taken
        ? `port ${port} on ${host} is in use by another program, so the status page cannot listen there`
        : `the status page cannot listen on ${host}:${port}: ${messageOf(error)}`,
      advice: 'Set status.port to a free port, or to 0 to let the system choose one.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function passwordMissing(host: string): Problem {
  return new Problem({
    code: 'local-password-missing',
    detail: `status.host is ${host}, so others in the network could open the local page, and no local password is set`,
    advice: 'Set one with gongfu-edge password -c FILE, or remove status.host to serve this machine alone.',
    reaction: 'stop',
  });
}
