import { execFile } from 'node:child_process';
import { get } from 'node:http';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';

const answerTimeoutMs = 5000;

/**
 * Tells systemd that the agent runs, and answers its watchdog as long as the agent answers: the state it serves, buffer
 * included, is asked for over its own door. Inert where no systemd asks (`Type=notify`, `WatchdogSec` of the unit).
 */
export class ServiceWatch implements Part {
  readonly #socket: string | undefined;
  readonly #periodMs: number | undefined;
  readonly #statusUrl: () => string | undefined;
  readonly #clock: Clock;
  readonly #log: Logger;
  #cancel: (() => void) | undefined;
  #running = false;

  constructor(options: {
    /** `NOTIFY_SOCKET`. */
    socket: string | undefined;
    /** `WATCHDOG_USEC`, µs: without a sign of life for so long the agent is killed and started again. */
    watchdogUs: string | undefined;
    statusUrl: () => string | undefined;
    clock: Clock;
    log: Logger;
  }) {
    this.#socket = options.socket || undefined;
    const limitMs = Number(options.watchdogUs ?? 0) / 1000;
    this.#periodMs = limitMs > 0 ? limitMs / 3 : undefined;
    this.#statusUrl = options.statusUrl;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  async start(): Promise<void> {
    if (this.#socket === undefined || this.#running) return;
    this.#running = true;
    await this.#tell('READY=1');
    this.#beat();
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#cancel?.();
    await this.#tell('STOPPING=1');
  }

  #beat(): void {
    if (this.#periodMs === undefined) return;
    this.#cancel = this.#clock.after(this.#periodMs, () => void this.#answer());
  }

  async #answer(): Promise<void> {
    const url = this.#statusUrl();
    if (url !== undefined && (await isAnswered(`${url}/healthz`)) && this.#running) await this.#tell('WATCHDOG=1');
    if (this.#running) this.#beat();
  }

  /** By systemd's own program: Node has no sockets of that kind. */
  #tell(state: string): Promise<void> {
    return new Promise((resolve) => {
      const env = { NOTIFY_SOCKET: this.#socket, PATH: '/usr/bin:/bin' };
      execFile('systemd-notify', [state], { env, timeout: answerTimeoutMs }, (error) => {
        if (error !== null) this.#log.warn({ state, error: messageOf(error) }, 'systemd could not be told');
        resolve();
      });
    });
  }
}

/** Whatever it says of sources and uplink: that it says something is what counts. */
function isAnswered(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: answerTimeoutMs }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
