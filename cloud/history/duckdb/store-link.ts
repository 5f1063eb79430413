import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Backoff } from '@gongfu/shared/base/backoff';
import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { StoreFarewell, StoreOperations, StoreReply, StoreRequest, StoreSettings } from './store-message.ts';

/** A predecessor that was killed holds the file until its last commit is through. */
const lockPatienceMs = 15_000;
const closePatienceMs = 30_000;
/** A process that lived so long was well: the next restart begins without delay again. */
const healthyAfterMs = 30_000;

/** The history process ended while it had a request: whether a write took place must be asked. */
export class ProcessLost extends Error {}

type Answer<K extends keyof StoreOperations> = Awaited<ReturnType<StoreOperations[K]>>;

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Keeps one history process running and talks with it. */
export class StoreLink implements Part {
  readonly #settings: StoreSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #backoff: Backoff;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #open = false;
  #wanted = false;
  #openedMs = 0;
  #detail = 'not started';
  #fatal: string | undefined;
  #nextId = 1;
  #reopening: Promise<void> = Promise.resolve();

  constructor(options: { settings: StoreSettings; clock: Clock; log: Logger; random: () => number }) {
    this.#settings = options.settings;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#backoff = new Backoff({ firstMs: 100, maxMs: 10_000, random: options.random });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** One sentence for a person when it is not open. */
  get detail(): string {
    return this.#detail;
  }

  /** Process id while there is one: for logs and for tests that kill it. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#wanted) return;
    // After a stop in the middle of a restart, the old attempt must have ended before a new one begins.
    await this.#reopening;
    this.#wanted = true;
    try {
      await this.#openPatiently();
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    const cancel = this.#clock.after(closePatienceMs, () => child.kill('SIGKILL'));
    if (this.#open) await this.#send(child, 'close', undefined).catch(() => undefined);
    this.#open = false;
    if (child.connected) child.disconnect();
    await ended;
    cancel();
  }

  /** @throws Problem from the store, Problem `history-unavailable` when nothing was sent, ProcessLost when no answer came. */
  call<K extends keyof StoreOperations>(
    operation: K,
    ...[argument]: Parameters<StoreOperations[K]>
  ): Promise<Answer<K>> {
    if (!this.#open || this.#child === undefined) return Promise.reject(this.unavailable());
    return this.#send(this.#child, operation, argument) as Promise<Answer<K>>;
  }

  /** Resolves when the store is open again. @throws Problem when the link was stopped instead. */
  async whenOpen(): Promise<void> {
    while (!this.#open) {
      if (!this.#wanted) throw this.unavailable();
      await this.#reopening;
      if (!this.#open) await sleep(this.#clock, 20);
    }
  }

  /** `detail` unless told: what is wrong right now. */
  unavailable(detail = this.#detail): Problem {
    return new Problem({
      code: 'history-unavailable',
      detail: `the history store is not available: ${detail}`,
      advice:
        'It is being started again by itself; if this stays, look at free disk space and the log of gongfu-cloud.',
      reaction: 'retry',
      status: 503,
      retryAfterMs: 1000,
    });
  }

  async #openPatiently(): Promise<void> {
    const deadline = this.#clock.monotonicMs() + lockPatienceMs;
    for (;;) {
      try {
        return await this.#launch();
      } catch (error) {
        const passing = error instanceof Problem && error.reaction === 'retry';
        if (!passing || this.#clock.monotonicMs() > deadline) throw error;
        if (error.code !== 'history-locked') this.#log.warn({ code: error.code }, error.message);
        await sleep(this.#clock, 100);
        // Stopped meanwhile: nobody would end another process.
        if (!this.#wanted) throw error;
      }
    }
  }

  async #launch(): Promise<void> {
    const program = fileURLToPath(new URL('./store-process.js', import.meta.url));
    const child = fork(program, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message: StoreReply | StoreFarewell) => this.#hear(message));
    child.on('error', (error) => this.#log.warn({ error }, 'history process cannot be reached'));
    child.on('exit', (code, signal) => this.#ended(child, signal ?? `exit code ${code}`));
    try {
      await this.#send(child, 'open', this.#settings);
    } catch (error) {
      // A failed open leaves DuckDB's library in no state to try again: always a new process.
      child.kill('SIGKILL');
      throw error;
    }
    this.#open = true;
    this.#openedMs = this.#clock.monotonicMs();
    this.#detail = 'open';
    this.#log.info({ file: this.#settings.file, processId: child.pid }, 'history open');
  }

  #send(child: ChildProcess, operation: StoreRequest['operation'], argument: unknown): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      child.send({ id, operation, argument } satisfies StoreRequest, (error) => {
        if (error !== null) this.#take(id)?.reject(new ProcessLost(messageOf(error)));
      });
    });
  }

  #hear(reply: StoreReply | StoreFarewell): void {
    if ('fatal' in reply) {
      this.#fatal = reply.fatal;
      return;
    }
    const pending = this.#take(reply.id);
    if ('problem' in reply && reply.problem.cause !== undefined) {
      this.#log.error({ code: reply.problem.code, cause: reply.problem.cause }, 'the history store failed');
    }
    if ('problem' in reply) pending?.reject(new Problem(reply.problem));
    else pending?.resolve(reply.answer);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    const wasOpen = this.#open;
    const reason = this.#fatal ?? how;
    this.#fatal = undefined;
    this.#child = undefined;
    this.#open = false;
    this.#detail = `the history process ended: ${reason}`;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(new ProcessLost(this.#detail));
    if (!this.#wanted || !wasOpen) return;
    if (this.#clock.monotonicMs() - this.#openedMs > healthyAfterMs) this.#backoff.reset();
    this.#log.error({ reason }, 'history process ended, is started again');
    this.#reopening = this.#reopen();
  }

  async #reopen(): Promise<void> {
    while (this.#wanted && !this.#open) {
      await sleep(this.#clock, this.#backoff.nextMs());
      if (!this.#wanted) return;
      try {
        await this.#openPatiently();
      } catch (error) {
        this.#detail = messageOf(error);
        this.#log.error({ error }, 'history cannot be opened again, is tried further');
      }
    }
  }
}
