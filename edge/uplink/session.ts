import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, type Problem } from '@gongfu/shared/base/problem';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import type { BatchAnswer, Refusal } from '@gongfu/shared/wire/acknowledgement';
import type { CommandReceipt, CommandResult, WritableTag } from '@gongfu/shared/wire/command';
import type { ConditionsMessage, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import type { ConfigurationReceipt, ConfigurationResult } from '@gongfu/shared/wire/configuration';
import {
  type BatchHeader,
  cloudKeysSchema,
  type Heartbeat,
  type Hello,
  type HelloAnswer,
  isHelloAnswer,
} from '@gongfu/shared/wire/handshake';
import type { Socket } from 'socket.io-client';
import { type TlsOptions, trustProblem } from './cloud-trust.ts';
import { edgeSocket } from './edge-socket.ts';

export interface SessionOptions {
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly hello: () => Hello;
  /** The cloud has accepted `hello`; batches may go. */
  readonly onOpen: (answer: HelloAnswer) => void;
  readonly onClosed: () => void;
  /** A command, and the answer to it once that is true. */
  readonly onCommand: (payload: unknown) => Promise<CommandReceipt> | undefined;
  /** A version of the configuration is offered; the answer to it once that is true. */
  readonly onConfiguration: (payload: unknown) => Promise<ConfigurationReceipt> | undefined;
  /** The cloud has other keys from now on. */
  readonly onCloudKeys: (pins: readonly string[]) => void;
  readonly tls: TlsOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** 15 s unless told. */
  readonly answerTimeoutMs?: number;
  /** Wait after the cloud has refused this gateway; 30 s unless told. */
  readonly refusedRetryMs?: number;
}

export type SessionState = { readonly state: 'connecting' | 'connected' | 'refused'; readonly detail: string };

/** The connection to the cloud's `/edge`, for as long as the program runs: connects, says hello, and comes back after any loss. */
export class Session {
  readonly #options: SessionOptions;
  readonly #answerTimeoutMs: number;
  readonly #backoff: Backoff;
  #socket: Socket | undefined;
  #state: SessionState = { state: 'connecting', detail: '' };
  #cancelRetry: () => void = () => {};
  /** What was logged last: the same loss is not told twice. */
  #told = '';
  #open = false;
  #greeting: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? 15_000;
    this.#backoff = new Backoff({ firstMs: 500, maxMs: 15_000, random: options.random });
  }

  get state(): SessionState {
    return this.#state;
  }

  start(): void {
    if (this.#socket !== undefined) return;
    // Coming back is our own: the library does not after a refusal, and its waits know no difference.
    const socket = edgeSocket({
      url: this.#options.url,
      tls: this.#options.tls,
      timeoutMs: this.#answerTimeoutMs,
      // A token is made for each attempt: it lives ten minutes only.
      auth: (give) => {
        this.#options.token().then(
          (token) => give({ token }),
          () => give({}),
        );
      },
    });
    socket.on('connect', () => {
      this.#greeting = this.#sayHello(socket);
    });
    socket.on('connect_error', (error) => this.#refused(error));
    socket.on('cloud-keys', (payload: unknown) => {
      const pins = cloudKeysSchema.safeParse(payload);
      // Before hello is answered nothing is known yet of who speaks.
      if (this.#open && pins.success) this.#options.onCloudKeys(pins.data);
    });
    socket.on('command', (payload: unknown, acknowledge: unknown) => {
      // Before hello is answered nothing is known yet of who speaks.
      if (!this.#open || typeof acknowledge !== 'function') return;
      void this.#options.onCommand(payload)?.then((receipt) => acknowledge(receipt));
    });
    socket.on('configuration', (payload: unknown, acknowledge: unknown) => {
      if (!this.#open || typeof acknowledge !== 'function') return;
      void this.#options.onConfiguration(payload)?.then((receipt) => acknowledge(receipt));
    });
    socket.on('disconnect', (reason) => this.#lost(reason));
    this.#socket = socket;
    socket.connect();
  }

  stop(): void {
    this.#cancelRetry();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.off();
    socket?.disconnect();
    this.#close();
  }

  async send(header: BatchHeader, bytes: Uint8Array): Promise<BatchAnswer> {
    return (await this.#ask('batch', header, bytes)) as BatchAnswer;
  }

  /**
   * Resolves when batches may name these tags: the cloud has accepted them, or the next hello will tell, as it is asked for
   * them anew. A cloud that does not is left; what it has against them it says at that hello.
   */
  async declare(tags: readonly TagDeclaration[]): Promise<void> {
    // One on the way may have been written before.
    await this.#greeting;
    if (!this.#open) return;
    try {
      const answer = (await this.#ask('tags', tags)) as { accepted: true } | Refusal;
      if (answer.accepted !== true) throw new Error(`tags were refused: ${answer.detail} [${answer.code}]`);
    } catch (error) {
      this.drop(error);
    }
  }

  async offer(writable: readonly WritableTag[]): Promise<void> {
    if (this.#open) await this.#ask('writable', writable);
  }

  async tell(result: CommandResult): Promise<CommandReceipt> {
    return (await this.#ask('command-result', result)) as CommandReceipt;
  }

  async tellConfiguration(result: ConfigurationResult): Promise<ConfigurationReceipt> {
    return (await this.#ask('configuration-result', result)) as ConfigurationReceipt;
  }

  async tellConditions(message: ConditionsMessage): Promise<ConditionsReceipt> {
    return (await this.#ask('conditions', message)) as ConditionsReceipt;
  }

  heartbeat(heartbeat: Heartbeat): void {
    // Conflated, never queued: only the newest tells anything.
    if (this.#open) this.#socket?.volatile.emit('heartbeat', heartbeat);
  }

  /** Gives up this connection, as an answer did not come, and begins anew. */
  drop(error: unknown): void {
    if (!this.#open) return;
    this.#socket?.disconnect();
    this.#again(`the connection was given up: ${messageOf(error)}`);
  }

  async #ask(event: string, ...payload: unknown[]): Promise<unknown> {
    const socket = this.#socket;
    // Never into the library's own send buffer: what it holds would be sent twice after a reconnect.
    if (socket?.connected !== true) throw new Error('not connected');
    return socket.timeout(this.#answerTimeoutMs).emitWithAck(event, ...payload);
  }

  async #sayHello(socket: Socket): Promise<void> {
    let answer: unknown;
    try {
      answer = await this.#ask('hello', this.#options.hello());
    } catch (error) {
      if (this.#socket !== socket) return;
      socket.disconnect();
      this.#again(`hello was not answered: ${messageOf(error)}`);
      return;
    }
    if (this.#socket !== socket || !socket.connected) return;
    if (!isHelloAnswer(answer)) {
      socket.disconnect();
      this.#again(`hello was not answered as a cloud answers it; look whether ${this.#options.url} is one`);
      return;
    }
    if (!answer.accepted) {
      socket.disconnect();
      this.#refuse(answer);
      return;
    }
    this.#backoff.reset();
    this.#open = true;
    this.#state = { state: 'connected', detail: '' };
    this.#tell('info', { url: this.#options.url }, 'connected to the cloud');
    try {
      this.#options.onOpen(answer);
    } catch (error) {
      this.drop(error);
    }
  }

  /** Not even the token was given away: TLS ended before. */
  #distrust({ code, message, advice }: Problem): void {
    this.#close();
    this.#state = { state: 'refused', detail: `${message} [${code}]. ${advice}` };
    this.#tell('error', { code, advice }, message);
    this.#retry(this.#options.refusedRetryMs ?? 30_000);
  }

  #refused(error: Error & { data?: unknown }): void {
    const refusal = error.data as Refusal | undefined;
    const distrust = trustProblem(this.#options.url, innerError(error));
    if (refusal?.code !== undefined) this.#refuse(refusal);
    else if (distrust !== undefined) this.#distrust(distrust);
    else this.#again(`the cloud at ${this.#options.url} cannot be reached: ${reasonOf(error)}`);
  }

  #refuse(refusal: Refusal): void {
    this.#close();
    this.#state = { state: 'refused', detail: `${refusal.detail} [${refusal.code}]. ${refusal.advice}` };
    this.#tell(
      'error',
      { code: refusal.code, advice: refusal.advice },
      `the cloud refuses this gateway: ${refusal.detail}`,
    );
    this.#retry(this.#options.refusedRetryMs ?? 30_000);
  }

  #lost(reason: string): void {
    if (reason === 'io client disconnect') return;
    this.#again(`the connection was lost: ${reason}`);
  }

  #again(detail: string): void {
    this.#close();
    this.#state = { state: 'connecting', detail };
    this.#tell('warn', {}, `${detail}; samples are kept and it is tried again`);
    this.#retry(this.#backoff.nextMs());
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#options.onClosed();
  }

  #retry(delayMs: number): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#socket?.connect());
  }

  #tell(level: 'error' | 'warn' | 'info', fields: object, message: string): void {
    if (message === this.#told) return;
    this.#told = message;
    this.#options.log[level](fields, message);
  }
}

/** engine.io hides the socket's own error under `websocket error`. */
function innerError(error: Error & { description?: unknown }): unknown {
  return (error.description as { error?: unknown } | undefined)?.error;
}

function reasonOf(error: Error & { description?: unknown }): string {
  const inner = messageOf(innerError(error) ?? '');
  return inner === '' ? error.message : inner;
}
