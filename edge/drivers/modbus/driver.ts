import { StatusCode } from '@gongfu/shared/model/quality';
import type { Driver, DriverContext } from '@gongfu/shared/sdk/driver';
import type { ModbusSource } from './config.ts';
import { compileDecoders, type Decode } from './decode.ts';
import { ModbusLink } from './link.ts';
import { formatRequest, halve, type PlannedGroup, type PlannedTag, planGroups, type ReadRequest } from './plan.ts';
import { RequestFault } from './request-fault.ts';
import { SilentUnits } from './silent-units.ts';

interface CompiledRequest extends ReadRequest {
  readonly decoders: readonly Decode[];
}

const notConnected = new RequestFault('not connected', StatusCode.BadNoCommunication);

/** Reads one Modbus TCP source: requests one after the other, each failing alone. */
export class ModbusDriver implements Driver {
  readonly groups: readonly PlannedGroup[];
  readonly #context: DriverContext;
  readonly #source: ModbusSource;
  readonly #link: ModbusLink;
  readonly #silentUnits: SilentUnits;
  /** What is asked for each group: its plan, finer where the source refused joined requests. */
  readonly #requests = new Map<PlannedGroup, readonly CompiledRequest[]>();
  readonly #refusals = new Map<string, string>();
  #connectionsTotal = 0;
  #lane: Promise<unknown> = Promise.resolve();

  constructor(context: DriverContext, source: ModbusSource, tags: readonly PlannedTag[]) {
    const { clock, log, random } = context;
    const { host, port, timeout: timeoutMs } = source;
    this.#context = context;
    this.#source = source;
    this.groups = planGroups(source, tags);
    this.#silentUnits = new SilentUnits({ clock, log, random, units: this.#unitsInUse() });
    const onConnected = () => this.#beginAnew();
    this.#link = new ModbusLink({ host, port, timeoutMs, clock, log, random, onConnected });
    this.#beginAnew();
  }

  async start(): Promise<void> {
    this.#link.start();
  }

  async stop(): Promise<void> {
    this.#link.stop();
    await this.#lane;
  }

  health(): ReturnType<Driver['health']> {
    const { state, detail } = this.#link.health;
    return {
      state,
      detail: (detail || [...this.#silentUnits.details(), ...this.#refusals.values()].join('; ')).slice(0, 500),
    };
  }

  async poll(group: PlannedGroup): Promise<void> {
    const connectionsBefore = this.#connectionsTotal;
    const next: CompiledRequest[] = [];
    for (const request of this.#requests.get(group) ?? []) next.push(...(await this.#serve(request)));
    // Refusals learnt over two connections may be of two states of the source: the plan then starts from the whole again.
    if (connectionsBefore === this.#connectionsTotal) this.#requests.set(group, next);
  }

  /** Reads and writes the samples of one request; returns what to ask in its place next time. */
  async #serve(request: CompiledRequest): Promise<CompiledRequest[]> {
    const fault = await this.#inLane(() => this.#read(request));
    if (fault?.refusesRange === true && request.tags.length > 1) {
      const parts = halve(request).map((half) => this.#compile(half));
      return [...(await this.#serve(parts[0]!)), ...(await this.#serve(parts[1]!))];
    }
    this.#noteOutcome(request, fault);
    if (fault !== undefined) this.#writeBad(request, fault.statusCode);
    return [request];
  }

  /** One request on the connection at a time, whichever group asks. */
  #inLane<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#lane.then(step);
    this.#lane = result.catch(() => undefined);
    return result;
  }

  async #read(request: CompiledRequest): Promise<RequestFault | undefined> {
    const silence = this.#silentUnits.faultOf(request.unitId);
    if (silence !== undefined) return silence;
    const connection = await this.#link.connection();
    if (connection === undefined) return notConnected;
    const { clock, writer } = this.#context;
    const sentMs = clock.monotonicMs();
    try {
      const reply = await connection.read(request);
      const sourceTime = this.#context.midpoint(sentMs, clock.monotonicMs());
      for (const decode of request.decoders) decode(reply, writer, sourceTime);
      this.#link.answered();
      this.#silentUnits.answered(request.unitId);
      return undefined;
    } catch (error) {
      if (!(error instanceof RequestFault)) throw error;
      if (error.exceptionCode !== undefined) this.#link.answered();
      if (error.unitIsSilent) this.#silentUnits.missed(request.unitId, error);
      else if (error.exceptionCode !== undefined) this.#silentUnits.answered(request.unitId);
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
