import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { SourceHealth } from '@gongfu/shared/wire/handshake';
import type { Channel, Transport } from './channel.ts';
import type { ConnectionOptions, ModbusConnection } from './connection.ts';

type Lost = ConnectionOptions['onLost'];

export interface LinkOptions {
  /** The ways to the source, the preferred one first. */
  readonly transports: readonly Transport[];
  /** How often the preferred way is tried while another is in use. */
  readonly probeMs: number;
  /** Longest wait between two attempts. */
  readonly maxWaitMs: number;
  /** Units that may be asked over the link: as long as not all are silent, the link is not to blame. */
  readonly units: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly connect: (channel: Channel, onLost: Lost) => ModbusConnection;
  /** Rejects when nobody answers on the connection. */
  readonly probe: (connection: ModbusConnection) => Promise<unknown>;
  /** Told when the source may be another than before: what was learnt about it may no longer hold. */
  readonly onNewSource: () => void;
}

const firstWaitMs = 100;

/**
 * Keeps one connection to the source for ever: dials, dials again with back-off, and says once when the source is
 * lost and once when it is found. A connection that has worked is replaced at once, the back-off is for absent sources.
 */
export class ModbusLink {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  #way = 0;
  #connection: ModbusConnection | undefined;
  /** Grows with every attempt and every stop; what belongs to an older one is over. */
  #attempt = 0;
  /** Ends with the first attempt after start or after the loss of a working connection; requests wait for it. */
  #promptAttempt: Promise<void> | undefined;
  #cancelWait = () => {};
  #cancelProbe = () => {};
  #stopped = true;
  #silences = 0;
  #connectionsTotal = 0;
  #newSource = true;
  #state: SourceHealth['state'] = 'stopped';
  #detail = '';
  /** What the log said last; a connection replaced at once is worth no line. */
  #told = '';

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: firstWaitMs, maxMs: options.maxWaitMs, random: options.random });
  }

  get health(): { state: SourceHealth['state']; detail: string } {
    return { state: this.#state, detail: this.#detail };
  }

  get reconnectsTotal(): number {
    return Math.max(0, this.#connectionsTotal - 1);
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#state = 'connecting';
    this.#detail = `connecting to ${this.#transport.place}`;
    this.#dialPromptly();
  }

  stop(): void {
    this.#stopped = true;
    this.#attempt += 1;
    this.#state = 'stopped';
    this.#detail = '';
    this.#cancelWait();
    this.#cancelProbe();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy();
    for (const transport of this.#options.transports) transport.stop();
  }

  /** The open connection, where it is there now. */
  get connected(): ModbusConnection | undefined {
    return this.#connection;
  }

  /** The open connection, waited for where it should be there any moment; undefined while the source is absent. */
  async connection(): Promise<ModbusConnection | undefined> {
    if (this.#connection === undefined) await this.#promptAttempt;
    return this.#connection;
  }

  /** To be called after each answer. */
  answered(): void {
    this.#backoff.reset();
    this.#silences = 0;
    if (this.#state === 'connected') return;
    const { place } = this.#transport;
    const found = `found: ${place} answers`;
    if (this.#told !== found) this.#options.log.info({}, found);
    this.#told = found;
    this.#state = 'connected';
    this.#detail = this.#way === 0 ? '' : `on the backup ${place}`;
  }

  get #transport(): Transport {
    return this.#options.transports[this.#way]!;
  }

  #dialPromptly(): void {
    const attempt = this.#dial().finally(() => {
      if (this.#promptAttempt === attempt) this.#promptAttempt = undefined;
    });
    this.#promptAttempt = attempt;
  }

  async #dial(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    try {
      const channel = await this.#transport.open();
      if (attempt !== this.#attempt) channel.destroy();
      else this.#adopt(this.#connect(channel));
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(messageOf(error));
    }
  }

  #connect(channel: Channel): ModbusConnection {
    const connection = this.#options.connect(channel, (...lost) => this.#lost(...lost));
    connection.start();
    return connection;
  }

  #adopt(connection: ModbusConnection): void {
    this.#connection = connection;
    this.#connectionsTotal += 1;
    if (this.#newSource) this.#options.onNewSource();
    this.#newSource = false;
    if (this.#way !== 0) this.#probeLater();
  }

  #lost(...[connection, reason, cause]: Parameters<Lost>): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#cancelProbe();
    if (cause === 'closed') this.#newSource = true;
    if (!connection.proven) this.#silences += 1;
    const blameless = cause === 'silence' && this.#silences < this.#options.units;
    if (!connection.proven && !blameless) {
      this.#fail(reason);
      return;
    }
    this.#state = 'connecting';
    this.#detail = reason;
    this.#dialPromptly();
  }

  #fail(reason: string): void {
    if (this.#stopped) return;
    const { transports, log, clock } = this.#options;
    const lost = `lost: ${this.#transport.place} does not answer`;
    if (!this.#told.startsWith('lost')) log.info({ reason }, lost);
    this.#told = lost;
    this.#state = 'failing';
    this.#detail = reason;
    this.#newSource = true;
    this.#silences = 0;
    this.#way = (this.#way + 1) % transports.length;
    if (this.#way > 0) this.#dialPromptly();
    else this.#cancelWait = clock.after(this.#backoff.nextMs(), () => void this.#dial());
  }

  #probeLater(): void {
    this.#cancelProbe();
    this.#cancelProbe = this.#options.clock.after(this.#options.probeMs, () => void this.#probe());
  }

  /** Tries the preferred way beside the one in use, and changes over when somebody answers there. */
  async #probe(): Promise<void> {
    const attempt = this.#attempt;
    const first = this.#options.transports[0]!;
    let connection: ModbusConnection | undefined;
    try {
      connection = this.#connect(await first.open());
      await this.#options.probe(connection);
    } catch {
      connection?.destroy();
      if (attempt === this.#attempt && this.#connection !== undefined) this.#probeLater();
      return;
    }
    if (attempt !== this.#attempt) {
      connection.destroy();
      return;
    }
    const backup = this.#connection;
    this.#way = 0;
    this.#newSource = true;
    this.#state = 'connecting';
    this.#adopt(connection);
    this.answered();
    backup?.retire();
  }
}
