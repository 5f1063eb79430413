import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import { watchBodies } from './body-patience.ts';
import type { CertificateFiles } from './certificate.ts';
import { CertificateWatch } from './certificate-watch.ts';

/** How long the headers of a request may take to arrive; bodies are watched by themselves. */
const patience = { headersTimeout: 10_000, requestTimeout: 0, connectionsCheckingInterval: 2_000 };

/** The one port of the service, plain or TLS. Starting reads the certificate; listening is a step of its own, the last one. */
export class Listener implements Part {
  readonly #options: { readonly host: string; readonly port: number };
  readonly #watch: CertificateWatch | undefined;
  readonly #nextKeys: readonly string[];
  readonly server: Server | TlsServer;

  /** Told with the pins of the keys gateways shall accept from now on. */
  readonly keysChanged: Signal<readonly string[]>;

  constructor(options: {
    host: string;
    port: number;
    tls?: CertificateFiles | undefined;
    /** Pins announced beside the present key: of the key to come, or of the proxy in front. */
    nextKeys: readonly string[];
    clock: Clock;
    log: Logger;
  }) {
    const { tls, clock, log } = options;
    this.#options = options;
    this.#nextKeys = options.nextKeys;
    this.keysChanged = new Signal((error) => log.error({ error: messageOf(error) }, 'listener: a listener failed'));
    this.#watch = tls === undefined ? undefined : new CertificateWatch({ files: tls, clock, log });
    this.server = tls === undefined ? createServer(patience) : createTlsServer({ ...patience, minVersion: 'TLSv1.2' });
    watchBodies(this.server, clock);
    this.#watch?.changed.on(() => {
      this.#serve();
      this.keysChanged.emit(this.keys());
    });
  }

  get isSecure(): boolean {
    return this.#watch !== undefined;
  }

  /** Pins gateways shall accept; empty where the service knows of none. */
  keys(): readonly string[] {
    const own = this.#watch === undefined ? [] : [this.#watch.current.pin];
    return [...new Set([...own, ...this.#nextKeys])];
  }

  /** @throws Problem when the certificate cannot be served */
  async start(): Promise<void> {
    await this.#watch?.start();
    this.#serve();
  }

  async stop(): Promise<void> {
    await this.#watch?.stop();
    this.server.closeAllConnections();
  }

  /** @returns the address to reach it by. @throws Problem `port-taken`, `port-unusable` */
  listen(): Promise<string> {
    const { port, host } = this.#options;
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => reject(listenProblem(error, host, port)));
      this.server.listen(port, host, () => {
        const address = this.server.address();
        const actual = typeof address === 'object' && address !== null ? address.port : port;
        const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
        resolve(`${this.isSecure ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${actual}`);
      });
    });
  }

  /** Connections that are open go on with the certificate they began with. */
  #serve(): void {
    if (this.#watch === undefined) return;
    const { certificate, key } = this.#watch.current;
    (this.server as TlsServer).setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
  }
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): Problem {
  const taken = error.code === 'EADDRINUSE';
  return new Problem({
    code: taken ? 'port-taken' : 'port-unusable',
    detail: `cannot listen on ${host}:${port}: ${taken ? 'another program uses the port' : messageOf(error)}`,
    advice: taken
      ? 'Stop the other program or choose another port: PORT=8090, or http.port in the configuration.'
      : 'Choose an address of this machine and a port this user may open: HOST and PORT, or http in the configuration.',
    reaction: 'stop',
    cause: error,
  });
}
