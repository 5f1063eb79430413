import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import { batchVersion } from '@gongfu/shared/wire/codec';
import type { Command, CommandReceipt, CommandResult } from '@gongfu/shared/wire/command';
import type { ConditionsMessage, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import type { ConfigurationResult } from '@gongfu/shared/wire/configuration';
import type { BatchHeader, Hello } from '@gongfu/shared/wire/handshake';
import { Server, type Socket } from 'socket.io';

type Answer = BatchAnswer | undefined;

/** Decides what is answered to a batch, at once or later; undefined = never answered. */
export type Verdict = (header: BatchHeader, bytes: Uint8Array, socket: Socket) => Answer | Promise<Answer>;

/**
 * The cloud's end of the edge protocol, small but over real sockets: keeps what it stores, and misbehaves when told.
 * Stored sequences outlive its connections, as the watermark does.
 */
export class EdgeCloud {
  readonly stored = new Map<number, Uint8Array>();
  /** Sequences in the order they came, sent again or not. */
  readonly received: number[] = [];
  readonly hellos: Hello[] = [];
  readonly enrolments: unknown[] = [];
  readonly heartbeats: unknown[] = [];
  /** Lists of the event `tags`. */
  readonly declared: unknown[] = [];
  /** Of `configuration-result`, as they came. */
  readonly configurationResults: ConfigurationResult[] = [];
  /** Answer to `tags`; undefined = never answered. */
  tagsAnswer: object | undefined = { accepted: true };
  /** Of each connection attempt. */
  readonly tokens: string[] = [];
  /** Results of commands in the order they came, sent again or not. */
  readonly results: CommandResult[] = [];
  /** Lists of tags that may be written, told after hello. */
  readonly writable: unknown[] = [];
  /** What is answered to a result; undefined = nothing. */
  receipt: CommandReceipt | undefined = { received: true };
  /** Version of `conditions` it takes; undefined = none, as a cloud before there was such a thing. */
  conditions: number | undefined;
  /** What it says to a gateway that may be written on the spot; undefined = nothing, as a cloud before there was such a thing. */
  secondApprover: boolean | undefined = false;
  /** Every report in the order they came, sent again or not. */
  readonly reports: (ConditionsMessage['reports'][number] & { readonly epoch: number })[] = [];
  /** What is answered to a message of reports; undefined = nothing. */
  conditionsReceipt: () => ConditionsReceipt | undefined = () => ({ received: true, refused: [] });
  verdict: Verdict = () => ({ outcome: 'stored' });
  /** Refusal of the connection itself. */
  refusal: { code: string } | undefined;
  enrolmentAnswer: () => { status: number; body: object } = () => ({
    status: 201,
    body: { gatewayId: 'g1', tenantId: 't1' },
  });
  /** What is answered to `hello` instead of what a cloud says; undefined = nothing instead. */
  helloAnswer: { readonly instead: unknown } | undefined;
  batchesInFlightMax = 4;
  /** Undefined: as a cloud that reads version 1 only. */
  batchVersion: number | undefined = batchVersion;
  inFlightMost = 0;
  #http: HttpServer | undefined;
  #io: Server | undefined;
  #inFlight = 0;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const http = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        this.enrolments.push(JSON.parse(body));
        const answer = this.enrolmentAnswer();
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
      });
    });
    const io = new Server(http, { transports: ['websocket'], pingInterval: 5000 });
    const namespace = io.of('/edge');
    namespace.use((socket, next) => {
      this.tokens.push(String(socket.handshake.auth.token));
      const { refusal } = this;
      if (refusal === undefined) next();
      else
        next(
          Object.assign(new Error('refused'), { data: { accepted: false, detail: 'no', advice: 'enrol', ...refusal } }),
        );
    });
    namespace.on('connection', (socket) => this.#welcome(socket));
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#io = io;
  }

  async stop(): Promise<void> {
    await this.#io?.close();
    this.#http?.closeAllConnections();
    this.#io = undefined;
  }

  /** Offers a version to the gateway that is connected; its answer. */
  offer(offer: unknown): Promise<unknown> {
    const [socket] = [...(this.#io?.of('/edge').sockets.values() ?? [])].slice(-1);
    return socket!.timeout(10_000).emitWithAck('configuration', offer);
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#io?.of('/edge').sockets.values() ?? []) socket.conn.close(true);
  }

  /** Sends a command to the gateway connected last; resolves with its answer. */
  async command(command: Partial<Command>): Promise<CommandReceipt> {
    const socket = [...this.#io!.of('/edge').sockets.values()].at(-1)!;
    return (await socket.timeout(5_000).emitWithAck('command', command)) as CommandReceipt;
  }

  #welcome(socket: Socket): void {
    socket.on('writable', (list: unknown, answer: (value: object) => void) => {
      this.writable.push(list);
      answer({ accepted: true });
    });
    socket.on('command-result', (result: CommandResult, answer: (receipt: CommandReceipt) => void) => {
      this.results.push(result);
      if (this.receipt !== undefined) answer(this.receipt);
    });
    socket.on('hello', (hello: Hello, answer: (value: unknown) => void) => {
      this.hellos.push(hello);
      this.#inFlight = 0;
      if (this.helloAnswer !== undefined) {
        answer(this.helloAnswer.instead);
        return;
      }
      answer({
        accepted: true,
        stored: rangesOf([...this.stored.keys()]),
        batchesInFlightMax: this.batchesInFlightMax,
        ...(this.batchVersion === undefined ? {} : { batchVersion: this.batchVersion }),
        ...(this.conditions === undefined ? {} : { conditions: this.conditions }),
        ...(hello.localWrites === true && this.secondApprover !== undefined
          ? { secondApprover: this.secondApprover }
          : {}),
      });
    });
    socket.on('tags', (tags: unknown, answer: (value: object) => void) => {
      this.declared.push(tags);
      if (this.tagsAnswer !== undefined) answer(this.tagsAnswer);
    });
    socket.on('configuration-result', (result: ConfigurationResult, answer: (value: object) => void) => {
      this.configurationResults.push(result);
      answer({ received: true });
    });
    socket.on('conditions', (message: ConditionsMessage, answer: (value: object) => void) => {
      for (const report of message.reports) this.reports.push({ ...report, epoch: message.epoch });
      const receipt = this.conditionsReceipt();
      if (receipt !== undefined) answer(receipt);
    });
    socket.on('heartbeat', (heartbeat: unknown) => this.heartbeats.push(heartbeat));
    socket.on('batch', (header: BatchHeader, bytes: Uint8Array, answer: (value: BatchAnswer) => void) => {
      this.received.push(header.sequence);
      this.#inFlight += 1;
      this.inFlightMost = Math.max(this.inFlightMost, this.#inFlight);
      // Later, as a real store answers: only so can more than one be on the way.
      setTimeout(async () => {
        const verdict = this.stored.has(header.sequence)
          ? ({ outcome: 'duplicate' } as const)
          : await this.verdict(header, bytes, socket);
        if (verdict === undefined) return;
        if (verdict.outcome === 'stored') this.stored.set(header.sequence, bytes);
        this.#inFlight -= 1;
        answer(verdict);
      }, 1);
    });
  }
}

function rangesOf(sequences: number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const sequence of sequences.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}
