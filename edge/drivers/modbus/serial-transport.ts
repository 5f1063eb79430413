import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import type { SerialPort } from 'serialport';
import type { Channel, Transport } from './channel.ts';
import type { SerialSettings } from './transport-config.ts';

export interface SerialTransportOptions {
  readonly serial: SerialSettings;
  /** How long nothing must have been heard before the line counts as silent. */
  readonly silenceMs: number;
  /** Longest wait for a silent line. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * A serial line. The port stays open from channel to channel; a new channel begins only when the line has been silent,
 * so that the rest of an old answer is heard by nobody.
 */
export class SerialTransport implements Transport {
  readonly #options: SerialTransportOptions;
  #port: SerialPort | undefined;
  #stops = 0;
  #heardAtMs = 0;
  #onBytes: ((bytes: Buffer) => void) | undefined;
  #onClosed: ((reason: string) => void) | undefined;

  constructor(options: SerialTransportOptions) {
    this.#options = options;
  }

  get place(): string {
    return this.#options.serial.path;
  }

  async open(): Promise<Channel> {
    const port = this.#port ?? (await this.#openPort());
    await this.#silence();
    if (port !== this.#port) throw new Error(`${this.place} was closed`);
    return {
      write: (bytes) => void port.write(bytes),
      use: (onBytes, onClosed) => {
        this.#onBytes = onBytes;
        this.#onClosed = onClosed;
      },
      destroy: () => this.#release('the line was let go'),
    };
  }

  stop(): void {
    this.#stops += 1;
    const port = this.#port;
    this.#port = undefined;
    this.#release('the port was closed from here');
    port?.close(() => {});
  }

  #release(reason: string): void {
    const onClosed = this.#onClosed;
    this.#onBytes = undefined;
    this.#onClosed = undefined;
    onClosed?.(reason);
  }

  async #openPort(): Promise<SerialPort> {
    const { path, baudRate, dataBits, parity, stopBits } = this.#options.serial;
    const { SerialPort } = await import('serialport');
    const port = new SerialPort({ path, baudRate, dataBits, parity, stopBits, autoOpen: false });
    port.on('data', (bytes: Buffer) => {
      this.#heardAtMs = this.#options.clock.monotonicMs();
      this.#onBytes?.(bytes);
    });
    let reason = `${path} was closed`;
    const stops = this.#stops;
    port.on('error', (error) => {
      reason = messageOf(error);
    });
    port.on('close', () => {
      if (this.#port !== port) return;
      this.#port = undefined;
      this.#release(reason);
    });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => (error === null ? resolve() : reject(new Error(this.#whyNot(error)))));
    });
    if (stops !== this.#stops) {
      port.close(() => {});
      throw new Error(`${path} is not wanted any more`);
    }
    this.#port = port;
    return port;
  }

  #whyNot(error: Error): string {
    const text = messageOf(error);
    return text.includes('Cannot lock port') ? `${this.place} is in use by another source or program` : text;
  }

  async #silence(): Promise<void> {
    const { clock, silenceMs, timeoutMs } = this.#options;
    const begunMs = clock.monotonicMs();
    this.#heardAtMs = begunMs;
    for (;;) {
      const leftMs = this.#heardAtMs + silenceMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      if (clock.monotonicMs() - begunMs > timeoutMs) throw new Error(`${this.place} is never silent`);
      await new Promise<void>((resolve) => void clock.after(leftMs, resolve));
    }
  }
}
