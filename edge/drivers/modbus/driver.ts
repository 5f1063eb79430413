import { StatusCode } from '@gongfu/shared/model/quality';
import type { Driver, DriverContext, Reading, WriteAnswer, WriteRequest } from '@gongfu/shared/sdk/driver';
import { OneReading } from '@gongfu/shared/sdk/one-reading';
import type { ModbusSource } from './config.ts';
import { ModbusConnection } from './connection.ts';
import { compileDecoders, type Decode } from './decode.ts';
import { encodeWrite } from './encode.ts';
import { Lanes } from './lanes.ts';
import { LateAnswers } from './late-answers.ts';
import { silenceMsOf, transferMsOf } from './line-time.ts';
import { ModbusLink } from './link.ts';
import {
  formatRequest,
  halve,
  mayRead,
  type PlannedGroup,
  type PlannedTag,
  planGroups,
  type ReadRequest,
  requestFor,
  unitOf,
} from './plan.ts';
import { RequestFault, UnsentFault } from './request-fault.ts';
import { SilentUnits } from './silent-units.ts';
import { TransactionCounter } from './tcp-framing.ts';
import { framingOf } from './transport-config.ts';
import { newFraming, transportsOf } from './transports.ts';

interface CompiledRequest extends ReadRequest {
  readonly decoders: readonly Decode[];
}

const notConnected = new UnsentFault('not connected', StatusCode.BadNoCommunication);

/** Longest wait between two attempts to reach the source; a faster poll asks sooner. */
const waitMaxMs = 5_000;
const waitMinMs = 250;

/** Reads one Modbus source: its requests each fail alone, and no more are under way than the source is said to bear. */
export class ModbusDriver implements Driver {
  readonly groups: readonly PlannedGroup[];
  readonly #context: DriverContext;
  readonly #source: ModbusSource;
  readonly #links: readonly ModbusLink[];
  readonly #lanes: Lanes;
  readonly #silentUnits: SilentUnits;
  /** What is asked for each group: its plan, finer where the source refused joined requests. */
  readonly #requests = new Map<PlannedGroup, readonly CompiledRequest[]>();
  readonly #refusals = new Map<string, string>();
  #connectionsTotal = 0;

  constructor(context: DriverContext, source: ModbusSource, tags: readonly PlannedTag[]) {
    const { clock, log, random } = context;
    this.#context = context;
    this.#source = source;
    this.groups = planGroups(source, tags);
    this.#silentUnits = new SilentUnits({ clock, log, random, units: this.#unitsInUse() });
    const transactions = new TransactionCounter();
    this.#links = Array.from({ length: source.connections }, () => this.#newLink(transactions));
    this.#lanes = new Lanes(this.#links, source.maxInFlight);
    this.#beginAnew();
  }

  async start(): Promise<void> {
    for (const link of this.#links) link.start();
  }

  async stop(): Promise<void> {
    for (const link of this.#links) link.stop();
    await this.#lanes.ended();
  }

  health(): ReturnType<Driver['health']> {
    const healths = this.#links.map((link) => link.health);
    const best = healths.find(({ state }) => state === 'connected') ?? healths[0]!;
    const details = healths.flatMap(({ detail }) => (detail === '' ? [] : [detail]));
    const told = best.state === 'connected' ? [...this.#silentUnits.details(), ...this.#refusals.values()] : [];
    return { state: best.state, detail: [...new Set([...details, ...told])].join('; ').slice(0, 500) };
  }

  get reconnectsTotal(): number {
    return this.#links.reduce((sum, link) => sum + link.reconnectsTotal, 0);
  }

  async poll(group: PlannedGroup): Promise<void> {
    const connectionsBefore = this.#connectionsTotal;
    const next = await this.#serveAll(this.#requests.get(group) ?? []);
    // Refusals learnt over two connections may be of two states of the source: the plan then starts from the whole again.
    if (connectionsBefore === this.#connectionsTotal) this.#requests.set(group, next);
  }

  readOne(number: number): Promise<Reading> {
    return this.#lanes.runUrgently((link) => this.#readOver(link, number));
  }

  async write({ tag: number, value, guards, permit }: WriteRequest): Promise<WriteAnswer> {
    const tag = this.#tag(number);
    const { byteOrder, multipleWrites: multiple = false } = this.#source;
    const encoded = encodeWrite(tag, value, { byteOrder, multiple, unitId: unitOf(this.#source, tag) });
    if (typeof encoded === 'string') return { outcome: 'unsent', reason: 'value-unfit', detail: encoded };
    const { request, held } = encoded;
    const fault = await this.#lanes.runUrgently(async (link) => {
      const readings: Reading[] = [];
      for (const guard of guards) readings.push(await this.#readOver(link, guard));
      return this.#converse(request.unitId, link, (connection) => connection.write(request, () => permit(readings)));
    });
    if (fault === undefined) return { outcome: 'confirmed', held };
    if (fault instanceof UnsentFault) return { outcome: 'unsent', reason: fault.reason, detail: fault.message };
    return { outcome: fault.leavesOpen ? 'unanswered' : 'refused', detail: fault.message };
  }

  /**
   * Asks for a run of addresses beside the plan, when no poll waits for the line: the data bytes, or why there are none. No sample is
   * written, and the health of the source does not tell of what it refuses.
   */
  async readBeside(request: ReadRequest): Promise<Uint8Array | RequestFault> {
    let reply: Uint8Array | undefined;
    const fault = await this.#lanes.runLast((link) =>
      this.#converse(request.unitId, link, async (connection) => {
        reply = await connection.read(request);
      }),
    );
    return fault ?? reply!;
  }

  async #readOver(link: ModbusLink, number: number): Promise<Reading> {
    const tag = this.#tag(number);
    const request = this.#compile(requestFor(unitOf(this.#source, tag), [tag]));
    const one = new OneReading();
    const fault = await this.#converse(request.unitId, link, async (connection) => {
      const reply = await connection.read(request);
      for (const decode of request.decoders) decode(reply, one, 0);
    });
    return fault === undefined ? one.reading : { status: fault.statusCode, value: null };
  }

  /** Looked for when it is needed: writes are rare, tags can be very many. */
  #tag(number: number): PlannedTag {
    return this.groups.flatMap(({ tags }) => tags.find((tag) => tag.number === number) ?? [])[0]!;
  }

  /** As many at a time as the source bears; what to ask in their place comes in their order. */
  async #serveAll(requests: readonly CompiledRequest[]): Promise<CompiledRequest[]> {
    const next: CompiledRequest[][] = [];
    let place = 0;
    const serveOn = async () => {
      while (place < requests.length) {
        const at = place;
        place += 1;
        next[at] = await this.#serve(requests[at]!);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#lanes.width, requests.length) }, serveOn));
    return next.flat();
  }

  /** Reads and writes the samples of one request; returns what to ask in its place next time. */
  async #serve(request: CompiledRequest): Promise<CompiledRequest[]> {
    const fault = await this.#lanes.run((link) => this.#read(request, link));
    if (fault?.refusesRange === true && request.tags.length > 1) {
      const parts = halve(request).map((half) => this.#compile(half));
      return [...(await this.#serve(parts[0]!)), ...(await this.#serve(parts[1]!))];
    }
    this.#noteOutcome(request, fault);
    if (fault !== undefined) this.#writeBad(request, fault.statusCode);
    return [request];
  }

  #read(request: CompiledRequest, link: ModbusLink): Promise<RequestFault | undefined> {
    const { clock, writer } = this.#context;
    return this.#converse(request.unitId, link, async (connection) => {
      const sentMs = clock.monotonicMs();
      const reply = await connection.read(request);
      const sourceTime = this.#context.midpoint(sentMs, clock.monotonicMs());
      for (const decode of request.decoders) decode(reply, writer, sourceTime);
    });
  }

  /** One exchange with a unit, and what it tells of the unit and the link; undefined when it had the answer. */
  async #converse(
    unitId: number,
    link: ModbusLink,
    exchange: (connection: ModbusConnection) => Promise<void>,
  ): Promise<RequestFault | undefined> {
    const silence = this.#silentUnits.faultOf(unitId);
    if (silence !== undefined) return new UnsentFault(silence.message, silence.statusCode);
    const connection = link.connected ?? (await link.connection());
    if (connection === undefined) {
      this.#silentUnits.untold(unitId);
      return notConnected;
    }
    try {
      await exchange(connection);
      link.answered();
      this.#silentUnits.answered(unitId);
      return undefined;
    } catch (error) {
      if (!(error instanceof RequestFault)) throw error;
      if (error.exceptionCode !== undefined) link.answered();
      if (error.unitIsSilent) this.#silentUnits.missed(unitId, error);
      else if (error.exceptionCode !== undefined) this.#silentUnits.answered(unitId);
      else this.#silentUnits.untold(unitId);
      return error;
    }
  }

  /** Says once when the source begins to refuse a request, and once when it serves it again. */
  #noteOutcome(request: ReadRequest, fault: RequestFault | undefined): void {
    if (fault === undefined && this.#refusals.size === 0) return;
    const name = formatRequest(request);
    const known = this.#refusals.has(name);
    if (fault?.exceptionCode !== undefined) {
      if (!known) this.#context.log.warn({ reason: fault.message }, `${name} is refused by the source`);
      this.#refusals.set(name, `${name}: ${fault.message}`);
    } else if (known && fault === undefined) {
      this.#refusals.delete(name);
      this.#context.log.info({}, `${name} is served again`);
    }
  }

  #writeBad(request: ReadRequest, statusCode: number): void {
    const { clock, writer } = this.#context;
    const sourceTime = clock.now();
    for (const tag of request.tags) writer.bad(tag.number, sourceTime, statusCode);
  }

  #newLink(transactions: TransactionCounter): ModbusLink {
    const source = this.#source;
    const { clock, log, random } = this.#context;
    const planned = this.groups.flatMap(({ requests }) => requests);
    const lateAnswers =
      framingOf(source) === 'tcp' ? undefined : new LateAnswers(clock, planned, (request) => mayRead(source, request));
    const fastestMs = Math.min(...this.groups.map(({ intervalMs }) => intervalMs));
    const timeoutMs = (request: Parameters<typeof transferMsOf>[1]) => source.timeout + transferMsOf(source, request);
    const line = { timeoutMs, silenceMs: silenceMsOf(source), lateAnswers, clock };
    return new ModbusLink({
      transports: transportsOf(source, clock),
      probeMs: source.backup?.probe ?? 0,
      maxWaitMs: Math.min(waitMaxMs, Math.max(waitMinMs, fastestMs)),
      units: this.#unitsInUse(),
      clock,
      log,
      random,
      connect: (channel, onLost) =>
        new ModbusConnection({ ...line, channel, framing: newFraming(source, transactions), onLost }),
      probe: (connection) =>
        connection.read(planned[0]!).catch((fault: RequestFault) => {
          if (fault.exceptionCode === undefined) throw fault;
        }),
      onNewSource: () => this.#beginAnew(),
    });
  }

  #beginAnew(): void {
    this.#connectionsTotal += 1;
    this.#refusals.clear();
    for (const group of this.groups) {
      this.#requests.set(
        group,
        group.requests.map((request) => this.#compile(request)),
      );
    }
  }

  #compile(request: ReadRequest): CompiledRequest {
    return { ...request, decoders: compileDecoders(request, this.#source.byteOrder) };
  }

  #unitsInUse(): number {
    return new Set(this.groups.flatMap(({ requests }) => requests.map(({ unitId }) => unitId))).size;
  }
}
