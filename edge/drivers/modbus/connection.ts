import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import modbusSerial from 'modbus-serial';
import type { Area } from './address.ts';
import type { Channel } from './channel.ts';
import { Deadlines } from './deadlines.ts';
import type { Framing } from './framing.ts';
import type { LateAnswers } from './late-answers.ts';
import { LibraryPort } from './library-port.ts';
import { dataBytesOf, type ReadRequest } from './plan.ts';
import { exceptionFault, RequestFault, UnsentFault } from './request-fault.ts';
import type { WriteRequest } from './write-request.ts';

/** What the library gives back: of a read the data bytes, of a write what was repeated and none of them. */
type Reply = { readonly buffer?: Buffer };
type Done = (error: Error | null, reply: object) => void;
type Read = (unit: number, start: number, count: number, done: Done) => void;
type Asked = ReadRequest | WriteRequest;

export interface ConnectionOptions {
  readonly channel: Channel;
  readonly framing: Framing;
  /** Longest wait for the answer to a request. */
  readonly timeoutMs: (request: Asked) => number;
  /** How long the line must have been silent before a request. */
  readonly silenceMs: number;
  /** Of a line whose frames carry no transaction number. */
  readonly lateAnswers: LateAnswers | undefined;
  readonly clock: Clock;
  /** Told once when the connection has ended, for whatever reason. */
  readonly onLost: (connection: ModbusConnection, reason: string, cause: 'silence' | 'fault' | 'closed') => void;
}

/**
 * One open channel to the source. It ends with the first time-out or wrong frame, because a late answer must never
 * meet the next request; a new connection cannot carry an old answer.
 */
export class ModbusConnection {
  readonly #options: ConnectionOptions;
  readonly #port: LibraryPort;
  readonly #client: InstanceType<typeof modbusSerial.default>;
  /** What ends each request under way, by its slot. */
  readonly #underWay = new Map<number, (fault: RequestFault) => void>();
  readonly #deadlines: Deadlines;
  #quietSinceMs = Number.NEGATIVE_INFINITY;
  #proven = false;
  #lost = false;
  #retired = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines({ clock: options.clock, onExpired: (...wait) => this.#expire(...wait) });
    this.#port = new LibraryPort(options.framing, (bytes) => options.channel.write(bytes));
    this.#client = new modbusSerial.default(this.#port);
  }

  /** True after the first answer, be it an exception: only then does somebody there speak Modbus. */
  get proven(): boolean {
    return this.#proven;
  }

  start(): void {
    this.#client.open(() => {});
    this.#options.channel.use(
      (bytes) => this.#receive(bytes),
      (reason) => this.#tellLost(reason, 'closed'),
    );
  }

  /** The data bytes of the reply, exactly as many as asked for. Rejects with a RequestFault. */
  async read(request: ReadRequest): Promise<Uint8Array> {
    if (this.#options.lateAnswers !== undefined) await this.#settle(request);
    return (await this.#exchange(request)).buffer!;
  }

  /**
   * Resolves when the source has confirmed it. `permit` is asked in the turn in which the first byte goes. Rejects with a
   * RequestFault; an UnsentFault says that no byte has gone.
   */
  async write(request: WriteRequest, permit: () => string | undefined): Promise<void> {
    try {
      await this.#settle(request);
    } catch (error) {
      const { message, statusCode } = error as RequestFault;
      throw new UnsentFault(message, statusCode);
    }
    await this.#exchange(request, permit);
  }

  destroy(): void {
    this.#end('the connection was closed from here', 'closed');
  }

  /** Ends it when the requests under way have their answers. */
  retire(): void {
    this.#retired = true;
    if (this.#underWay.size === 0) this.destroy();
  }

  /** Asks for something else first where a late answer could be taken for the one to `request`. */
  async #settle(request: Asked): Promise<void> {
    const { lateAnswers } = this.#options;
    for (;;) {
      const settling = lateAnswers?.settlingRequest(request);
      if (settling === undefined) return;
      await this.#exchange(settling).catch((fault: RequestFault) => {
        if (fault.exceptionCode === undefined) throw fault;
      });
    }
  }

  async #exchange(request: Asked, permit: () => string | undefined = () => undefined): Promise<Reply> {
    const { lateAnswers, silenceMs, clock } = this.#options;
    const waitMs = this.#quietSinceMs + silenceMs - clock.monotonicMs();
    if (silenceMs > 0 && waitMs > 0) await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    try {
      if (this.#lost) throw new UnsentFault('the connection has ended', StatusCode.BadCommunicationError);
      const withheld = permit();
      if (withheld !== undefined) throw new UnsentFault(withheld, StatusCode.BadCommunicationError, 'withheld');
      const reply = await this.#ask(request);
      lateAnswers?.answered(request);
      return reply;
    } catch (error) {
      if (error instanceof RequestFault && error.exceptionCode !== undefined) lateAnswers?.refused(request);
      else if (!(error instanceof UnsentFault)) lateAnswers?.unanswered(request);
      throw error;
    } finally {
      if (this.#retired && this.#underWay.size === 0) this.destroy();
    }
  }

  #ask(request: Asked): Promise<Reply> {
    const slot = this.#freeSlot();
    return new Promise<Reply>((resolve, reject) => {
      const settle = () => {
        this.#deadlines.clear(slot);
        this.#underWay.delete(slot);
      };
      this.#deadlines.set(slot, this.#options.timeoutMs(request));
      this.#underWay.set(slot, (fault) => {
        settle();
        reject(fault);
      });
      this.#port._transactionIdWrite = slot;
      this.#send(request, (error, reply) => {
        if (this.#lost || !this.#underWay.has(slot)) return;
        const fault = this.#faultIn(error, reply, 'area' in request ? dataBytesOf(request) : undefined);
        settle();
        if (fault === undefined) resolve(reply);
        else reject(fault);
      });
    });
  }

  /** The request's own end first: its fault says that nothing came, those of the others that the connection went. */
  #expire(slot: number, timeoutMs: number): void {
    const fault = new RequestFault(`no answer within ${Math.round(timeoutMs)} ms`, StatusCode.BadTimeout);
    this.#underWay.get(slot)?.(fault);
    this.#end(fault.message, 'silence');
  }

  #freeSlot(): number {
    let slot = 1;
    while (this.#underWay.has(slot)) slot += 1;
    return slot;
  }

  #receive(bytes: Buffer): void {
    if (this.#lost) return;
    this.#quietSinceMs = this.#options.clock.monotonicMs();
    try {
      for (const answer of this.#options.framing.accept(bytes)) this.#port.pass(answer);
    } catch (error) {
      this.#end(messageOf(error), 'fault');
    }
  }

  #send(request: Asked, done: Done): void {
    const { unitId, start } = request;
    if ('area' in request) {
      this.#reader(request.area)(unitId, start, request.count, done);
      return;
    }
    const client = this.#client;
    switch (request.functionCode) {
      case 5:
        client.writeFC5(unitId, start, request.on, done);
        return;
      case 6:
        client.writeFC6(unitId, start, request.registers.readUInt16BE(0), done);
        return;
      case 15:
        client.writeFC15(unitId, start, [request.on], done);
        return;
      case 16:
        client.writeFC16(unitId, start, wordsIn(request.registers), done);
        return;
      case 22:
        client.writeFC22(unitId, start, request.and, request.or, done);
    }
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

  /** `byteCount` of data that was asked for; the answer to a write has none, and the framing has compared all it repeats. */
  #faultIn(error: Error | null, reply: Reply, byteCount: number | undefined): RequestFault | undefined {
    const exceptionCode = (error as { modbusCode?: number } | null)?.modbusCode;
    if (exceptionCode !== undefined) {
      this.#proven = true;
      return exceptionFault(exceptionCode);
    }
    if (error === null && reply.buffer?.length === byteCount) {
      this.#proven = true;
      return undefined;
    }
    const reason = error === null ? `${reply.buffer?.length} bytes instead of ${byteCount}` : messageOf(error);
    this.#end(reason, 'fault');
    return new RequestFault(reason, StatusCode.BadCommunicationError);
  }

  /** Tells at once: the next request must not meet this connection in the moment before the channel's own end. */
  #end(reason: string, cause: 'silence' | 'fault' | 'closed'): void {
    if (this.#lost) return;
    this.#tellLost(reason, cause);
    this.#options.channel.destroy();
  }

  #tellLost(reason: string, cause: 'silence' | 'fault' | 'closed'): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#deadlines.end();
    this.#port.isOpen = false;
    this.#options.onLost(this, reason, cause);
    const fault = new RequestFault(reason, StatusCode.BadCommunicationError);
    for (const end of [...this.#underWay.values()]) end(fault);
  }
}

function wordsIn(registers: Buffer): number[] {
  return Array.from({ length: registers.length / 2 }, (_, i) => registers.readUInt16BE(i * 2));
}
