import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import modbusSerial from 'modbus-serial';
import { type Area, areas } from './address.ts';
import { CheckedSocket, type TransactionCounter } from './checked-socket.ts';
import type { ReadRequest } from './plan.ts';
import { exceptionFault, RequestFault } from './request-fault.ts';

type Reply = { readonly buffer: Buffer };
type Read = (unit: number, start: number, count: number, done: (error: Error | null, reply: Reply) => void) => void;

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Longest wait for the connection, and for each answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly transactions: TransactionCounter;
  /** Told once when an opened connection has ended, for whatever reason. */
  readonly onLost: (connection: ModbusConnection, reason: string) => void;
}

/**
 * One TCP connection with one request under way at most. It ends with the first time-out or wrong frame, because a
 * late answer must never meet the next request; a new connection cannot carry an old answer.
 */
export class ModbusConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: CheckedSocket;
  readonly #client = new modbusSerial.default();
  #fail: ((fault: RequestFault) => void) | undefined;
  #reason = 'the source closed the connection';
  #proven = false;
  #lost = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = new CheckedSocket(options.transactions);
  }

  /** True after the first answer, be it an exception: only then does somebody there speak Modbus. */
  get proven(): boolean {
    return this.#proven;
  }

  /** Rejects with an Error saying why the source cannot be reached. */
  async open(): Promise<void> {
    const { host, port } = this.#options;
    const socket = this.#socket;
    await this.#connected();
    socket.setNoDelay(true).setKeepAlive(true, 5_000);
    socket.on('close', () => this.#tellLost());
    // The library is given a socket that is open already, so it neither dials nor swallows the socket's errors.
    await this.#client.linkTCP(socket, { host, port });
  }

  /** The data bytes of the reply, exactly as many as asked for. Rejects with a RequestFault. */
  read({ unitId, area, start, count }: ReadRequest): Promise<Uint8Array> {
    const { clock, timeoutMs } = this.#options;
    return new Promise<Uint8Array>((resolve, reject) => {
      const settle = (end: () => void) => {
        cancelDeadline();
        this.#fail = undefined;
        end();
      };
      const cancelDeadline = clock.after(timeoutMs, () => {
        const fault = new RequestFault(`no answer within ${timeoutMs} ms`, StatusCode.BadTimeout);
        settle(() => reject(fault));
        this.#end(fault.message);
      });
      this.#fail = (fault) => settle(() => reject(fault));
      this.#reader(area)(unitId, start, count, (error, reply) => {
        if (this.#fail === undefined || this.#lost) return;
        const fault = this.#faultIn(error, reply, areas[area].bits ? Math.ceil(count / 8) : count * 2);
        settle(() => (fault === undefined ? resolve(reply.buffer) : reject(fault)));
      });
    });
  }

  destroy(): void {
    this.#end('the connection was closed from here');
  }

  #connected(): Promise<void> {
    const { host, port, timeoutMs, clock } = this.#options;
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const cancelDeadline = clock.after(timeoutMs, () => {
        socket.destroy(new Error(`${host}:${port} did not accept a connection within ${timeoutMs} ms`));
      });
      socket.on('error', (error) => {
        this.#reason = messageOf(error);
      });
      socket.once('close', () => {
        cancelDeadline();
        reject(new Error(this.#reason));
      });
      socket.once('connect', () => {
        cancelDeadline();
        resolve();
      });
      socket.connect(port, host);
    });
  }

  #reader(area: Area): Read {
    const client = this.#client;
    switch (area) {
      case 'coil':
        return client.writeFC1.bind(client);
      case 'discrete':
        return client.writeFC2.bind(client);
      case 'holding':
        return client.writeFC3.bind(client);
      case 'input':
        return client.writeFC4.bind(client);
    }
  }

  #faultIn(error: Error | null, reply: Reply, byteCount: number): RequestFault | undefined {
    const exceptionCode = (error as { modbusCode?: number } | null)?.modbusCode;
    if (exceptionCode !== undefined) {
      this.#proven = true;
      return exceptionFault(exceptionCode);
    }
    if (error === null && reply.buffer.length === byteCount) {
      this.#proven = true;
      return undefined;
    }
    this.#end(error === null ? `${reply.buffer.length} bytes instead of ${byteCount}` : messageOf(error));
    return new RequestFault(this.#reason, StatusCode.BadCommunicationError);
  }

  /** Tells at once: the next request must not meet this connection in the moment before the socket's own `close`. */
  #end(reason: string): void {
    if (this.#lost) return;
    if (!this.#socket.destroyed) this.#reason = reason;
    this.#socket.destroy();
    this.#tellLost();
  }

  #tellLost(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#options.onLost(this, this.#reason);
    this.#fail?.(new RequestFault(this.#reason, StatusCode.BadCommunicationError));
  }
}
