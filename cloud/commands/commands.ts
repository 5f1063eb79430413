import type { Clock } from '@gongfu/shared/base/clock';
import { type CommandState, unsentStates } from '@gongfu/shared/model/command-state';
import type { CommandValue } from '@gongfu/shared/wire/command';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import type { CommandPerson, CommandRecord } from '../records/command-record.ts';
import { nextNumber } from '../records/counter.ts';
import type { GatewayRecord, Records, TagRecord } from '../records/records.ts';
import {
  alreadySent,
  gatewayRevoked,
  keyReused,
  notWaiting,
  ownApproval,
  tagNotWritable,
  tooManyOpen,
} from './command-problems.ts';
import { needsSecondApprover } from './command-settings.ts';
import type { CommandTrail } from './command-trail.ts';
import { requireWritableValue } from './command-value.ts';

/** Commands of a tenant that have not ended and not expired. */
const openMax = 1_000;
/** Commands of a tenant that are kept, about 1 kB each; of more the oldest that have ended are forgotten. */
const keptMax = 10_000;
const trimEvery = 100;
const unansweredMs = 30 * 24 * 3_600_000;
/** Code of a document whose place in a unique index is taken. */
const duplicateKey = 11000;

export interface CommandsOptions {
  readonly records: Pick<Records, 'commands' | 'counters' | 'tenants' | 'gateways'>;
  readonly clock: Clock;
  readonly trail: CommandTrail;
  readonly sight: (principal: Principal) => Sight;
  /** What the tag is now, by its history number; null: bad or never seen. @throws Problem when it cannot be told now */
  readonly valueNow: (tag: number) => Promise<CommandValue | null>;
  readonly newId: () => string;
  /** Told of every command that is new or has moved on: who delivers looks again. */
  readonly changed: (command: CommandRecord) => void;
}

export interface AskedCommand {
  readonly tag: TagRecord;
  readonly value: CommandValue;
  readonly reason: string;
  readonly expiresInMs: number;
  readonly key: string;
}

/** What is asked for is kept here first, approved, withdrawn and read; `command-delivery.ts` brings it to the gateway. */
export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /**
   * The same key of the same asker again is the same command, however often it is sent.
   * @throws Problem `command-tag-not-writable`, `command-value-unfit`, `command-out-of-range`, `command-gateway-revoked`,
   * `command-key-reused`, `command-too-many`
   */
  async request(principal: Principal, asked: AskedCommand): Promise<CommandRecord> {
    const { records, trail, changed } = this.#options;
    const before = await this.#sameKey(principal, asked);
    if (before !== undefined) return before;
    const command = await this.#drawUp(principal, asked);
    try {
      await records.commands.create(command);
    } catch (error) {
      if ((error as { code?: unknown }).code !== duplicateKey) throw error;
      const other = await this.#sameKey(principal, asked);
      if (other === undefined) throw error;
      return other;
    }
    // Told first, and not waited for: a disk sync sooner at the machine.
    const told = trail.opened(command);
    changed(command);
    await told;
    await this.#trim(command);
    return command;
  }

  /** Undefined: there is none the principal sees. @throws Problem `command-own-approval`, `command-not-waiting` */
  async approve(principal: Principal, id: string): Promise<CommandRecord | undefined> {
    const { records, clock, changed } = this.#options;
    const command = await this.find(principal, id);
    if (command === undefined) return undefined;
    if (isOwn(command, principal)) throw ownApproval();
    const now = clock.now();
    const approved = await records.commands
      .findOneAndUpdate(
        { _id: id, state: 'waiting-for-approval', expiresAt: { $gt: now } },
        { $set: { state: 'queued', approver: personOf(principal), approvedAt: now } },
        { returnDocument: 'after' },
      )
      .lean<CommandRecord>();
    if (approved === null) {
      const state = await this.#stateOf(command);
      // Its time is over, and nobody has written that down yet.
      throw notWaiting(state === 'waiting-for-approval' ? 'expired' : state);
    }
    changed(approved);
    return approved;
  }

  /** Before it is sent. False: there is none the principal sees. @throws Problem `command-already-sent` */
  async withdraw(principal: Principal, id: string): Promise<boolean> {
    const { records, clock, changed } = this.#options;
    const command = await this.find(principal, id);
    if (command === undefined) return false;
    const withdrawn = await records.commands
      .findOneAndUpdate(
        { _id: id, state: { $in: [...unsentStates] } },
        { $set: { state: 'withdrawn', endedAt: clock.now() } },
        { returnDocument: 'after' },
      )
      .lean<CommandRecord>();
    if (withdrawn === null) throw alreadySent(await this.#stateOf(command));
    changed(withdrawn);
    return true;
  }

  async find(principal: Principal, id: string): Promise<CommandRecord | undefined> {
    const { records, sight } = this.#options;
    const found = await records.commands.findOne({ _id: id, tenantId: principal.tenantId }).lean<CommandRecord>();
    return found !== null && sight(principal).tag(found) ? found : undefined;
  }

  /** Newest first: numbers smaller than `before`. `next` is the `before` of the following page; undefined at the end. */
  async list(
    principal: Principal,
    asked: {
      readonly limit: number;
      readonly before?: number | undefined;
      readonly state?: CommandState | undefined;
      readonly tag?: number | undefined;
      readonly gateway?: string | undefined;
    },
  ): Promise<{ items: CommandRecord[]; next: number | undefined }> {
    const { before, state, tag, gateway, limit } = asked;
    const seen = this.#options.sight(principal);
    const found = await this.#options.records.commands
      .find({
        tenantId: principal.tenantId,
        // Both may name gateways.
        $and: [seen.tagQuery, gateway === undefined ? {} : { gatewayId: gateway }],
        ...(before === undefined ? {} : { number: { $lt: before } }),
        ...(state === undefined ? {} : { state }),
        ...(tag === undefined ? {} : { tag }),
      })
      .sort({ number: -1 })
      .limit(limit)
      .lean<CommandRecord[]>();
    const next = found.length === limit ? found.at(-1)?.number : undefined;
    return { items: found.filter((command) => seen.tag(command)), next };
  }

  async #drawUp(principal: Principal, asked: AskedCommand): Promise<CommandRecord> {
    const { records, clock, newId, valueNow } = this.#options;
    const { tag, reason, expiresInMs, key } = asked;
    const { tenantId, gatewayId, number, source, name } = tag;
    if (tag.writable == null) throw tagNotWritable(`${source}/${name}`);
    const value = requireWritableValue(tag, tag.writable, asked.value);
    const state = (await this.#needsApproval(tag)) ? 'waiting-for-approval' : 'queued';
    await this.#requireRoom(tenantId);
    const valueBefore = await valueNow(number);
    const now = clock.now();
    return {
      ...{ _id: newId(), number: await nextNumber(records, `command/${tenantId}`) },
      ...{ tenantId, gatewayId, tag: number, source, name, value, valueBefore, reason },
      ...{ requester: personOf(principal), approver: null, idempotencyKey: key },
      ...{ state, requestedAt: now, expiresAt: now + expiresInMs, approvedAt: null, sentAt: null, receivedAt: null },
      ...{ endedAt: null, sentAs: null, result: null },
    };
  }

  async #sameKey(principal: Principal, { tag, value, reason, key }: AskedCommand): Promise<CommandRecord | undefined> {
    const found = await this.#options.records.commands
      .findOne({ tenantId: principal.tenantId, 'requester.id': principal.userId, idempotencyKey: key })
      .lean<CommandRecord>();
    if (found === null) return undefined;
    if (found.tag !== tag.number || found.value !== value || found.reason !== reason) throw keyReused();
    return found;
  }

  async #needsApproval({ tenantId, gatewayId }: TagRecord): Promise<boolean> {
    const { records } = this.#options;
    const gateway = await records.gateways.findOne({ _id: gatewayId, tenantId }).lean<GatewayRecord>();
    if (gateway?.status !== 'enrolled') throw gatewayRevoked(gateway?.name ?? gatewayId);
    return needsSecondApprover(records, gateway);
  }

  async #requireRoom(tenantId: string): Promise<void> {
    const { records, clock } = this.#options;
    const open = await records.commands.countDocuments({
      tenantId,
      state: { $in: [...unsentStates, 'sent'] },
      expiresAt: { $gt: clock.now() },
    });
    if (open >= openMax) throw tooManyOpen(openMax);
  }

  async #stateOf({ _id, state }: CommandRecord): Promise<CommandState> {
    return (await this.#options.records.commands.findById(_id).lean<CommandRecord>())?.state ?? state;
  }

  /** What a gateway that never came back has not answered goes after a month. */
  async #trim({ tenantId, number, requestedAt }: CommandRecord): Promise<void> {
    if (number % trimEvery !== 0 || number <= keptMax) return;
    const over = [{ endedAt: { $ne: null } }, { requestedAt: { $lt: requestedAt - unansweredMs } }];
    const old = { tenantId, number: { $lte: number - keptMax }, $or: over };
    await this.#options.records.commands.deleteMany(old);
  }
}

/** True for the one who asked for it, and for the one whose key did. */
export function isOwn({ requester }: CommandRecord, principal: Principal): boolean {
  return requester.personId === personOf(principal).personId;
}

function personOf({ kind, userId: id, userName: name, makerId = id }: Principal): CommandPerson {
  return { kind, id, name, personId: makerId };
}
