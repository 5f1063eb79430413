import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@gongfu/shared/base/clock';
import type { ListenSettings } from './transport-config.ts';

/** A source that waits for its device to dial in. */
export interface Callee {
  readonly listen: ListenSettings;
  /** Its device is there; `socket` is paused and has given nothing yet but its registration. */
  arrived(socket: Socket): void;
}

/** How long a caller may take to say who it is. */
const registrationMs = 10_000;
const unknownMax = 64;

/** One port at which devices dial in, for all sources that wait there: which device is whose is told by address and registration. */
export class ListeningPort {
  static readonly #open = new Map<string, ListeningPort>();

  readonly #clock: Clock;
  readonly #callees = new Set<Callee>();
  readonly #unknown = new Set<Socket>();
  readonly #server: Server;
  #listening: Promise<void> | undefined;

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((socket) => this.#receive(socket));
  }

  /** Waits for the device of `callee` too. Rejects when the port cannot be had, or when another source waits for the same. */
  static async join(callee: Callee, clock: Clock): Promise<void> {
    const key = keyOf(callee.listen);
    const port = ListeningPort.#open.get(key) ?? new ListeningPort(clock);
    if (port.#callees.has(callee)) return port.#listening;
    if ([...port.#callees].some((other) => isSame(other.listen, callee.listen))) {
      throw new Error(
        `another source waits on port ${callee.listen.port} for the same device; tell them apart by from or registration`,
      );
    }
    ListeningPort.#open.set(key, port);
    port.#callees.add(callee);
    port.#listening ??= port.#listen(callee.listen);
    await port.#listening.catch((error: unknown) => {
      ListeningPort.leave(callee);
      throw error;
    });
  }

  static leave(callee: Callee): void {
    const key = keyOf(callee.listen);
    const port = ListeningPort.#open.get(key);
    if (port === undefined || !port.#callees.delete(callee) || port.#callees.size > 0) return;
    ListeningPort.#open.delete(key);
    port.#server.close();
    for (const socket of port.#unknown) socket.destroy();
  }

  #listen({ host, port }: ListenSettings): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.on('error', reject);
      this.#server.listen(port, host, resolve);
    });
  }

  #receive(socket: Socket): void {
    socket.on('error', () => {});
    socket.setNoDelay(true).setKeepAlive(true, 5_000);
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const callees = [...this.#callees].filter(({ listen }) => listen.from === undefined || listen.from === address);
    const silent = callees.filter(({ listen }) => listen.registration === undefined);
    // An address says more than no address.
    const known = silent.find(({ listen }) => listen.from !== undefined) ?? silent[0];
    const speaking = callees.filter(({ listen }) => listen.registration !== undefined);
    if (known !== undefined && (speaking.length === 0 || known.listen.from !== undefined)) known.arrived(socket);
    else if (speaking.length > 0 && this.#unknown.size < unknownMax) this.#hearRegistration(socket, speaking, known);
    else socket.destroy();
  }

  #hearRegistration(socket: Socket, speaking: readonly Callee[], otherwise: Callee | undefined): void {
    let heard = Buffer.alloc(0);
    const end = (callee: Callee | undefined, rest: Buffer) => {
      cancelDeadline();
      this.#unknown.delete(socket);
      socket.off('data', hear);
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      if (callee !== undefined && this.#callees.has(callee)) callee.arrived(socket);
      else socket.destroy();
    };
    const hear = (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
      const beginning = ({ listen }: Callee) => Buffer.from(listen.registration!.slice(0, heard.length), 'latin1');
      const possible = speaking.filter((callee) =>
        heard.subarray(0, beginning(callee).length).equals(beginning(callee)),
      );
      const found = possible.find(({ listen }) => heard.length >= listen.registration!.length);
      if (found !== undefined) end(found, heard.subarray(found.listen.registration!.length));
      else if (possible.length === 0) end(otherwise, heard);
    };
    const cancelDeadline = this.#clock.after(registrationMs, () => end(otherwise, heard));
    this.#unknown.add(socket);
    socket.once('close', () => {
      if (this.#unknown.has(socket)) end(undefined, heard);
    });
    socket.on('data', hear);
  }
}

function keyOf({ host, port }: ListenSettings): string {
  return `${host}:${port}`;
}

function isSame(one: ListenSettings, other: ListenSettings): boolean {
  return one.from === other.from && one.registration === other.registration;
}
