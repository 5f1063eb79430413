import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import {
  type Command,
  type CommandReceipt,
  type CommandResult,
  commandSchema,
  outcomeOfCode,
  type WritableTag,
} from '@gongfu/shared/wire/command';
import type { AllowList } from './allow-list.ts';
import type { CommandDesk, CommandLine } from './command-desk.ts';
import { type DriverOf, Execution, type Verdict } from './execution.ts';
import {
  approvalRefusal,
  deadlineOf,
  expiryRefusal,
  type Moment,
  type Order,
  type Refusal,
  reloading,
  requestedValue,
} from './guard.ts';
import type { CommandJournal } from './journal.ts';
import { type CommandEntry, digestOf, newEntry } from './journal-entry.ts';

export interface CommandsOptions {
  readonly enabled: boolean;
  /** Of the configuration at the start. */
  readonly allowList: AllowList;
  /** Started before, stopped after. */
  readonly journal: CommandJournal;
  readonly driverOf: DriverOf;
  /** Whether the cloud wants a second person to approve; undefined: it has not said. Its own commands it has let pass. */
  readonly secondApprover: () => boolean | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Commands that wait for their source or are under way; more are refused. */
const underWayMax = 500;
/** After a restart a source gets so long to be found again, before what it holds is given up. */
const recoveryMs = 30_000;
const recoveryEveryMs = 500;
const stopPatienceMs = 3_000;

/** Takes commands, writes each at most once, and tells what became of it until the cloud knows. README.md has the promises. */
export class Commands implements CommandDesk, Part {
  readonly #options: CommandsOptions;
  readonly #execution: Execution;
  /** Commands being made durable: whoever asks for the same id meanwhile gets the same answer. */
  readonly #arriving = new Map<string, Promise<CommandReceipt>>();
  /** The last step of each source: its commands are carried out one after the other, in the order they came. */
  readonly #lines = new Map<string, Promise<void>>();
  /** Who waits on the gateway itself for the end of a command. */
  readonly #waiting = new Set<{ readonly id: string; readonly over: () => void }>();
  #underWay = 0;
  #allowList: AllowList;
  #suspended = false;
  #line: CommandLine | undefined;
  #running = false;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#allowList = options.allowList;
    this.#execution = new Execution(options);
  }

  /** What an earlier run left open gets its result: not sent, or of unknown fate and read back. Nothing is sent again. */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (const entry of this.#options.journal.entries()) {
      if (entry.state === 'received') {
        await this.#finish(entry, verdictOf('interrupted', 'the gateway stopped before it was sent'));
      } else if (entry.state === 'sending') {
        this.#inLine(entry.source, () => this.#recover(entry));
      }
    }
  }

  /** What is under way gets a moment to end; what still waits is known as not sent at the next start. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    let endPatience = () => {};
    const patience = new Promise<void>((resolve) => {
      endPatience = this.#options.clock.after(stopPatienceMs, resolve);
    });
    await Promise.race([Promise.all(this.#lines.values()), patience]);
    endPatience();
    for (const { over } of this.#waiting) over();
  }

  /** Nothing is sent until `resume`: drivers and tags are about to change. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(allowList: AllowList): void {
    this.#allowList = allowList;
    this.#suspended = false;
    const writable = this.writable();
    // On a lost connection the next hello says it.
    if (writable !== undefined) this.#line?.offer(writable).catch(() => undefined);
  }

  writable(): WritableTag[] | undefined {
    return this.#options.enabled ? this.#allowList.writable() : undefined;
  }

  receive(payload: unknown): Promise<CommandReceipt> {
    return this.#receive(payload, false);
  }

  /** One that was asked for on the gateway itself, in the form of the wire; the same way and the same answers. */
  receiveLocal(command: Command): Promise<CommandReceipt> {
    return this.#receive(command, true);
  }

  #receive(payload: unknown, isLocal: boolean): Promise<CommandReceipt> {
    const parsed = commandSchema.safeParse(payload);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      return Promise.resolve(notReceived('command-malformed', `${path.join('.')}: ${message}`.slice(0, 300)));
    }
    return this.#accept(parsed.data, isLocal);
  }

  /** Why nobody may write on the gateway itself, whatever it is; undefined: they may. */
  get localRefusal(): Refusal | undefined {
    return approvalRefusal(this.#options.secondApprover());
  }

  /** The tags that may be written now. */
  get allowList(): AllowList {
    return this.#allowList;
  }

  /** What is known of a command as soon as it has ended, but at the latest after `patienceMs`; undefined: nothing is known of that id. */
  async ended(id: string, patienceMs: number): Promise<CommandEntry | undefined> {
    const { journal, clock } = this.#options;
    if (journal.get(id)?.state !== 'done') {
      await new Promise<void>((resolve) => {
        const over = () => {
          cancel();
          this.#waiting.delete(wait);
          resolve();
        };
        const wait = { id, over };
        const cancel = clock.after(patienceMs, over);
        this.#waiting.add(wait);
      });
    }
    return journal.get(id);
  }

  #accept(command: Command, isLocal: boolean): Promise<CommandReceipt> {
    const known = this.#options.journal.get(command.id);
    const isSame = (entry: CommandEntry) => entry.digest === digestOf(command) && (entry.local === true) === isLocal;
    if (known !== undefined && !isSame(known))
      return Promise.resolve(notReceived('id-reused', `${command.id} was another tag or value before`));
    const arriving = this.#arriving.get(command.id);
    if (arriving !== undefined) return arriving;
    if (known !== undefined) {
      if (known.result !== undefined) void this.#send(known);
      return Promise.resolve({ received: true });
    }
    const receipt = this.#take(command, isLocal).finally(() => this.#arriving.delete(command.id));
    this.#arriving.set(command.id, receipt);
    return receipt;
  }

  opened(line: CommandLine): void {
    this.#line = line;
    for (const entry of this.#options.journal.entries())
      if (entry.state === 'done' && !entry.told) void this.#send(entry);
  }

  closed(): void {
    this.#line = undefined;
  }

  /** Resolves when the command, or why it is refused, is on disk. */
  async #take(command: Command, isLocal: boolean): Promise<CommandReceipt> {
    const { journal, clock } = this.#options;
    if (!this.#running) return notReceived('stopping', 'the gateway is being stopped');
    if (!journal.hasRoom()) return notReceived('journal-full', 'too many results are not told yet');
    const entry = newEntry(command, this.#allowList.nameOf(command.number), clock.now(), isLocal);
    const judged = this.#orderOf(command, deadlineOf(command, this.#now()), isLocal);
    const order = this.#underWay < underWayMax || 'code' in judged ? judged : tooMany;
    if ('code' in order) {
      const done = await this.#finish(entry, verdictOf(order.code, order.detail));
      return done ? { received: true } : notReceived('journal-failed', 'the disk of the gateway refuses');
    }
    try {
      await journal.write(entry);
    } catch (error) {
      journal.drop(entry.id);
      return notReceived('journal-failed', messageOf(error));
    }
    this.#underWay += 1;
    this.#inLine(order.allowed.source, () =>
      this.#carryOut(entry, command, order.deadlineMs).finally(() => {
        this.#underWay -= 1;
      }),
    );
    return { received: true };
  }

  #orderOf(command: Command, deadlineMs: number, isLocal: boolean): Order | Refusal {
    if (!this.#options.enabled) return { code: 'disabled', detail: 'writing is switched off on this gateway' };
    if (this.#suspended) return reloading;
    const alone = isLocal ? this.localRefusal : undefined;
    if (alone !== undefined) return alone;
    const allowed = this.#allowList.get(command.number);
    if (allowed === undefined) {
      return { code: 'not-writable', detail: `tag ${command.number} is not among those to be written` };
    }
    const value = requestedValue(allowed, command.value);
    if (typeof value === 'object') return value;
    const expired = expiryRefusal({ command, deadlineMs }, this.#now());
    if (expired !== undefined) return expired;
    const isCurrent = () => !this.#suspended && this.#allowList.get(command.number) === allowed;
    return { command, allowed, value, deadlineMs, isCurrent };
  }

  #now(): Moment {
    const { clock } = this.#options;
    return { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
  }

  #inLine(source: string, step: () => Promise<void>): void {
    const before = this.#lines.get(source) ?? Promise.resolve();
    const line = before.then(step).catch((error: unknown) => {
      this.#options.log.error({ source, error: messageOf(error) }, 'a command could not be carried to its end');
    });
    this.#lines.set(source, line);
    void line.then(() => {
      if (this.#lines.get(source) === line) this.#lines.delete(source);
    });
  }

  /** Judged anew, as it has waited: it may have expired, and the configuration may be another one. */
  async #carryOut(entry: CommandEntry, command: Command, deadlineMs: number): Promise<void> {
    // At the next start it is known as not sent.
    if (!this.#running) return;
    const { journal } = this.#options;
    const order = this.#orderOf(command, deadlineMs, entry.local === true);
    if ('code' in order) {
      await this.#finish(entry, verdictOf(order.code, order.detail));
      return;
    }
    const sending: CommandEntry = { ...entry, state: 'sending' };
    try {
      await journal.write(sending);
    } catch (error) {
      await this.#finish(entry, verdictOf('interrupted', `the disk of the gateway refuses: ${messageOf(error)}`));
      return;
    }
    const verdict = await this.#execution
      .run(order)
      .catch((error: unknown) => verdictOf('no-answer', `the driver failed: ${messageOf(error)}`));
    await this.#finish(sending, verdict);
  }

  /** Reads what the source holds, as soon as it is found again. */
  async #recover(entry: CommandEntry): Promise<void> {
    const { clock } = this.#options;
    const allowed = this.#allowList.get(entry.number);
    const until = clock.monotonicMs() + recoveryMs;
    let readBack: Verdict['readBack'] = null;
    while (allowed !== undefined && readBack === null && this.#running && clock.monotonicMs() < until) {
      readBack = await this.#execution.readBack(allowed);
      if (readBack === null) await sleep(clock, recoveryEveryMs);
    }
    if (!this.#running) return;
    const detail = 'the gateway stopped after it may have been sent; what the source holds now was read back';
    await this.#finish(entry, { code: 'crashed-under-way', detail, readBack });
  }

  /** True when the result is durable; it is told in any case, as it is what happened. */
  async #finish(entry: CommandEntry, { code, detail, readBack }: Verdict): Promise<boolean> {
    const { journal, clock, log } = this.#options;
    const result: CommandResult = {
      id: entry.id,
      outcome: outcomeOfCode[code],
      code,
      detail: detail.slice(0, 500),
      readBack: typeof readBack === 'bigint' ? String(readBack) : readBack,
      at: clock.now(),
    };
    const done: CommandEntry = { ...entry, state: 'done', result };
    const { id, source, tag, requestedBy } = entry;
    log.info({ id, source, tag, requestedBy, code, detail }, `a command is ${result.outcome}`);
    const durable = await journal.write(done).then(
      () => true,
      () => false,
    );
    for (const { id: awaited, over } of this.#waiting) if (awaited === id) over();
    void this.#send(done);
    return durable;
  }

  async #send(entry: CommandEntry): Promise<void> {
    // It knows nothing of such a one.
    if (entry.local === true) return;
    const { journal, log } = this.#options;
    try {
      const receipt = await this.#line?.tell(entry.result!);
      if (receipt?.received === true) await journal.write({ ...entry, told: true });
      else if (receipt !== undefined)
        log.warn({ id: entry.id, ...receipt }, 'the cloud does not take the result of a command');
    } catch (error) {
      if (error instanceof Problem) log.warn({ code: error.code, advice: error.advice }, error.message);
      // Otherwise the connection is lost; it is told on the next one.
    }
  }
}

const tooMany: Refusal = { code: 'too-many', detail: `${underWayMax} commands are under way already` };

function verdictOf(code: Verdict['code'], detail: string): Verdict {
  return { code, detail, readBack: null };
}

function notReceived(code: string, detail: string): CommandReceipt {
  return { received: false, code, detail };
}
