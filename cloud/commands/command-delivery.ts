import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Command, CommandResult } from '@gongfu/shared/wire/command';
import type { CommandLedger, CommandLine } from '../gateways/command-line.ts';
import type { CommandRecord } from '../records/command-record.ts';
import type { GatewayRecord, Records } from '../records/records.ts';
import type { CommandTrail } from './command-trail.ts';

/** A command a connected gateway has not acknowledged is sent again after so long. */
const againMs = 5_000;
/** The gateway began anew, so nobody can say what it did with a command. A late word of its own replaces this. */
const gatewayRenewed = 'gateway-renewed';

export interface CommandDeliveryOptions {
  readonly records: Pick<Records, 'commands'>;
  readonly clock: Clock;
  readonly trail: CommandTrail;
  readonly log: Logger;
}

/**
 * Brings commands to gateways and their results into the records. A command is marked as sent before it leaves, so that after
 * a crash it is known that it may be there; it is sent until the gateway has acknowledged it, and again after every hello
 * until there is a result: the gateway writes an id once.
 */
export class CommandDelivery implements Part, CommandLedger {
  readonly #options: CommandDeliveryOptions;
  /** Lines by gateway, with what is being done on each: commands of a gateway leave in their order. */
  readonly #lines = new Map<string, { readonly line: CommandLine; turn: Promise<void> }>();
  readonly #waits = new Set<() => void>();
  #isStopped = false;

  constructor(options: CommandDeliveryOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#isStopped = false;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#waits) cancel();
    this.#waits.clear();
    const turns = [...this.#lines.values()].map(({ turn }) => turn);
    this.#lines.clear();
    await Promise.all(turns);
  }

  opened(line: CommandLine): void {
    this.#lines.set(line.gateway._id, { line, turn: Promise.resolve() });
    this.#deliver(line, ['queued', 'sent']);
  }

  declared(line: CommandLine): void {
    this.#deliver(line, ['queued']);
  }

  closed(line: CommandLine): void {
    if (this.#isOpen(line)) this.#lines.delete(line.gateway._id);
  }

  /** A command of the gateway may leave now. */
  queued({ gatewayId }: CommandRecord): void {
    const open = this.#lines.get(gatewayId);
    if (open !== undefined) this.#deliver(open.line, ['queued']);
  }

  async settle(gateway: GatewayRecord, told: CommandResult): Promise<void> {
    const { records, clock, trail, log } = this.#options;
    const { id, ...result } = told;
    const ended = await records.commands
      .findOneAndUpdate(
        { _id: id, gatewayId: gateway._id, $or: [{ result: null }, { 'result.code': gatewayRenewed }] },
        { $set: { state: result.outcome, result, endedAt: clock.now() } },
        { returnDocument: 'after' },
      )
      .lean<CommandRecord>();
    if (ended !== null) return trail.ended(ended, gateway);
    const known = await records.commands.findOne({ _id: id, gatewayId: gateway._id }).lean<CommandRecord>();
    if (known === null) return trail.strange(gateway, id);
    if (known.result?.outcome !== result.outcome) {
      log.warn({ command: id, kept: known.result?.outcome, told: result.outcome }, 'a second result of a command');
    }
  }

  #isOpen(line: CommandLine): boolean {
    return this.#lines.get(line.gateway._id)?.line === line;
  }

  #deliver(line: CommandLine, states: readonly ('queued' | 'sent')[]): void {
    const open = this.#lines.get(line.gateway._id);
    if (open?.line !== line) return;
    open.turn = open.turn
      .then(() => this.#sendAll(line, states))
      .catch((error: unknown) => {
        const { log } = this.#options;
        log.error({ gatewayId: line.gateway._id, error: messageOf(error) }, 'commands were not sent, are tried again');
        // Whatever it was: a mark of which the answer was lost may be there, and then the command has not left.
        this.#later(() => this.#deliver(line, ['queued', 'sent']));
      });
  }

  async #sendAll(line: CommandLine, states: readonly ('queued' | 'sent')[]): Promise<void> {
    const waiting = await this.#options.records.commands
      .find({ gatewayId: line.gateway._id, state: { $in: [...states] } })
      .sort({ number: 1 })
      .lean<CommandRecord[]>();
    for (const command of waiting) {
      if (!this.#isOpen(line)) return;
      if (command.state === 'queued') await this.#sendFirst(line, command);
      else if (command.sentAs?.epoch === line.epoch) void this.#hand(line, command);
      else await this.#lose(line, command);
    }
  }

  async #sendFirst(line: CommandLine, { _id, tag }: CommandRecord): Promise<void> {
    const { records, clock, trail } = this.#options;
    const number = line.numberOf(tag);
    if (number === undefined) return;
    const now = clock.now();
    const sent = await records.commands
      .findOneAndUpdate(
        { _id, state: 'queued', expiresAt: { $gt: now } },
        { $set: { state: 'sent', sentAt: now, sentAs: { number, epoch: line.epoch } } },
        { returnDocument: 'after' },
      )
      .lean<CommandRecord>();
    if (sent === null) return;
    // On its way before the audit is told: somebody waits for the value.
    void this.#hand(line, sent);
    await trail.sent(sent);
  }

  async #hand(line: CommandLine, command: CommandRecord): Promise<void> {
    const { records, clock, log } = this.#options;
    const { _id } = command;
    try {
      const receipt: unknown = await line.send(this.#wireForm(command));
      const at = clock.now();
      if (isReceived(receipt)) {
        await records.commands.updateOne({ _id, receivedAt: null }, { $set: { receivedAt: at } });
        return;
      }
      await this.settle(line.gateway, { id: _id, outcome: 'refused', ...refusalIn(receipt), readBack: null, at });
    } catch (error) {
      if (!this.#isOpen(line)) return;
      log.warn({ command: _id, error: messageOf(error) }, 'a gateway has not acknowledged a command; it is sent again');
      this.#later(() => void this.#handAgain(line, _id));
    }
  }

  async #handAgain(line: CommandLine, id: string): Promise<void> {
    if (!this.#isOpen(line)) return;
    try {
      const command = await this.#options.records.commands.findOne({ _id: id, state: 'sent' }).lean<CommandRecord>();
      if (command !== null) await this.#hand(line, command);
    } catch {
      this.#later(() => void this.#handAgain(line, id));
    }
  }

  /** What the gateway knew of it is gone: sent again it might be written twice. */
  #lose({ gateway }: CommandLine, { _id: id }: CommandRecord): Promise<void> {
    const detail = 'the gateway lost its buffer, and with it what became of the command';
    const at = this.#options.clock.now();
    return this.settle(gateway, { id, outcome: 'unknown', code: gatewayRenewed, detail, readBack: null, at });
  }

  #wireForm(command: CommandRecord): Command {
    const { _id: id, sentAs, value, requestedAt, expiresAt, requester, approver, reason } = command;
    if (sentAs === null) throw new Error(`command ${id} is handed on before it is marked as sent`);
    const expiresInMs = Math.max(0, expiresAt - this.#options.clock.now());
    const people = { requestedBy: requester.name, approvedBy: approver?.name ?? null };
    return { id, number: sentAs.number, value, requestedAt, expiresAt, expiresInMs, ...people, reason };
  }

  #later(task: () => void): void {
    // What was under way at the stop may fail after it.
    if (this.#isStopped) return;
    const cancel = this.#options.clock.after(againMs, () => {
      this.#waits.delete(cancel);
      task();
    });
    this.#waits.add(cancel);
  }
}

/** The other side is not trusted to keep to its type. */
function isReceived(receipt: unknown): boolean {
  return (receipt as { received?: unknown } | null)?.received === true;
}

function refusalIn(receipt: unknown): { code: string; detail: string } {
  const { code, detail } = (receipt ?? {}) as { code?: unknown; detail?: unknown };
  return {
    code: typeof code === 'string' && code !== '' ? code.slice(0, 100) : 'not-received',
    detail: typeof detail === 'string' ? detail.slice(0, 500) : 'the gateway did not take it and did not say why',
  };
}
