import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { unsentStates } from '@gongfu/shared/model/command-state';
import type { CommandRecord } from '../records/command-record.ts';
import type { Records } from '../records/records.ts';
import type { CommandTrail } from './command-trail.ts';

/** The wall clock may be set: the next expiry is looked at so often at least. */
const lookAgainMs = 30_000;
const afterFailureMs = 5_000;
const unsent = { state: { $in: [...unsentStates] } };

/** Ends commands that have not left the cloud in time. One that was sent is ended by its gateway alone, which knows what it did. */
export class CommandExpiry implements Part {
  readonly #records: Pick<Records, 'commands'>;
  readonly #clock: Clock;
  readonly #trail: CommandTrail;
  readonly #log: Logger;
  #cancel = (): void => undefined;
  /** When it looks next, UTC epoch ms. */
  #nextAt = Number.POSITIVE_INFINITY;
  #running = false;

  constructor(options: { records: Pick<Records, 'commands'>; clock: Clock; trail: CommandTrail; log: Logger }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#trail = options.trail;
    this.#log = options.log;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    await this.#sweep();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
  }

  /** A command that has not been sent yet. */
  watch({ expiresAt }: CommandRecord): void {
    if (expiresAt < this.#nextAt) this.#arm(expiresAt);
  }

  #arm(at: number): void {
    if (!this.#running) return;
    this.#cancel();
    this.#nextAt = at;
    const delayMs = Math.min(Math.max(at - this.#clock.now(), 0), lookAgainMs);
    this.#cancel = this.#clock.after(delayMs, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY;
    try {
      const now = this.#clock.now();
      const over = await this.#records.commands.find({ ...unsent, expiresAt: { $lte: now } }).lean<CommandRecord[]>();
      for (const { _id } of over) await this.#end(_id, now);
      const [next] = await this.#records.commands.find(unsent).sort({ expiresAt: 1 }).limit(1).lean<CommandRecord[]>();
      if (next !== undefined) this.watch(next);
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'commands were not expired, are looked at again');
      this.#arm(this.#clock.now() + afterFailureMs);
    }
  }

  async #end(_id: string, now: number): Promise<void> {
    const expired = await this.#records.commands
      .findOneAndUpdate({ _id, ...unsent }, { $set: { state: 'expired', endedAt: now } }, { returnDocument: 'after' })
      .lean<CommandRecord>();
    if (expired !== null) await this.#trail.expired(expired);
  }
}
