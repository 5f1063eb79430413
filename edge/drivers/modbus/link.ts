import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { SourceHealth } from '@gongfu/shared/wire/handshake';
import { TransactionCounter } from './checked-socket.ts';
import { ModbusConnection } from './connection.ts';

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Told at every new connection: what was learnt about the old one may no longer hold. */
  readonly onConnected: () => void;
}

const firstWaitMs = 100;
const maxWaitMs = 5_000;

/**
 * Keeps one connection to the source for ever: dials, dials again with back-off, and says once when the source is
 * lost and once when it is found. A connection that has worked is replaced at once, the back-off is for absent sources.
 */
export class ModbusLink {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #transactions = new TransactionCounter();
  #connection: ModbusConnection | undefined;
  #dialling: ModbusConnection | undefined;
  /** Ends with the first attempt after start or after the loss of a working connection; requests wait for it. */
  #promptAttempt: Promise<void> | undefined;
  #cancelWait: (() => void) | undefined;
  #stopped = true;
  #state: SourceHealth['state'] = 'stopped';
  #detail = '';
  /** What the log said last; a connection replaced at once is worth no line. */
  #told: 'found' | 'lost' | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: firstWaitMs, maxMs: maxWaitMs, random: options.random });
  }

  get health(): { state: SourceHealth['state']; detail: string } {
    return { state: this.#state, detail: this.#detail };
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#state = 'connecting';
    this.#detail = `connecting to ${this.#place}`;
    this.#dialPromptly();
  }

  stop(): void {
    this.#stopped = true;
    this.#state = 'stopped';
    this.#detail = '';
    this.#cancelWait?.();
    const connections = [this.#connection, this.#dialling];
    this.#connection = undefined;
    this.#dialling = undefined;
    for (const connection of connections) connection?.destroy();
  }

  /** The open connection, waited for where it should be there any moment; undefined while the source is absent. */
  async connection(): Promise<ModbusConnection | undefined> {
    if (this.#connection === undefined) await this.#promptAttempt;
    return this.#connection;
  }

  /** To be called after each answer. */
  answered(): void {
    this.#backoff.reset();
    if (this.#state === 'connected') return;
    if (this.#told !== 'found') this.#options.log.info({}, `found: ${this.#place} answers`);
    this.#told = 'found';
    this.#state = 'connected';
    this.#detail = '';
  }

  get #place(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  #dialPromptly(): void {
    const attempt = this.#dial().finally(() => {
      if (this.#promptAttempt === attempt) this.#promptAttempt = undefined;
    });
    this.#promptAttempt = attempt;
  }

  async #dial(): Promise<void> {
    const { host, port, timeoutMs, clock, onConnected } = this.#options;
    const onLost = (lost: ModbusConnection, reason: string) => this.#lost(lost, reason);
    const connection = new ModbusConnection({ host, port, timeoutMs, clock, transactions: this.#transactions, onLost });
    this.#dialling = connection;
    try {
      await connection.open();
      if (this.#dialling !== connection) return;
      this.#connection = connection;
      onConnected();
    } catch (error) {
      if (this.#dialling === connection) this.#fail(messageOf(error));
    } finally {
      if (this.#dialling === connection) this.#dialling = undefined;
    }
  }

  #lost(connection: ModbusConnection, reason: string): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    if (!connection.proven) {
      this.#fail(reason);
      return;
    }
    this.#state = 'connecting';
    this.#detail = reason;
    this.#dialPromptly();
  }

  #fail(reason: string): void {
    if (this.#stopped) return;
    if (this.#told !== 'lost') this.#options.log.info({ reason }, `lost: ${this.#place} does not answer`);
    this.#told = 'lost';
    this.#state = 'failing';
    this.#detail = reason;
    this.#cancelWait = this.#options.clock.after(this.#backoff.nextMs(), () => void this.#dial());
  }
}
