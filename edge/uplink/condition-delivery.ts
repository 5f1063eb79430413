import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import {
  type ConditionsMessage,
  type ConditionsReceipt,
  conditionsVersion,
  reportsPerMessageMax,
} from '@gongfu/shared/wire/condition';
import type { ConditionLog, KeptReport } from '../buffer/condition-log.ts';

export interface ConditionDeliveryOptions {
  readonly conditions: ConditionLog;
  readonly epoch: number;
  /** Resolves with the cloud's answer, rejects when none came in time. */
  readonly send: (message: ConditionsMessage) => Promise<ConditionsReceipt>;
  /** Makes a loss durable. */
  readonly name: (gap: GapRecord) => Promise<void>;
  /** The connection is of no more use: an answer did not come. */
  readonly onBroken: (error: unknown) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const messageBytesMax = 256 * 1024;
const againMs = 5_000;

/** Reports of conditions over one connection, in their order: one message on the way, the next when the cloud has it. */
export class ConditionDelivery {
  readonly #options: ConditionDeliveryOptions;
  /** The cloud has all up to this, also where the disk could not forget it yet. */
  #delivered = 0;
  #running = false;
  #ended = false;
  #cancel: () => void = () => {};

  constructor(options: ConditionDeliveryOptions) {
    this.#options = options;
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#running || this.#ended) return;
    this.#running = true;
    void this.#run();
  }

  end(): void {
    this.#ended = true;
    this.#cancel();
  }

  async #run(): Promise<void> {
    const { onBroken, clock } = this.#options;
    try {
      while (!this.#ended && (await this.#sendSome()));
    } catch (error) {
      if (this.#ended) return;
      if (error instanceof NotTaken) {
        this.#options.log.warn({ reason: error.message }, 'alarms were not taken; they are sent again');
        this.#cancel = clock.after(againMs, () => void this.#run());
      } else onBroken(error);
    }
  }

  /** False: nothing is left. */
  async #sendSome(): Promise<boolean> {
    const { conditions, epoch, send } = this.#options;
    const limits = { countMax: reportsPerMessageMax, bytesMax: messageBytesMax };
    const kept = conditions.read(this.#delivered, limits);
    const last = kept.at(-1)?.number;
    if (last === undefined) {
      // In this turn: who appends in the next one has to find it so.
      this.#running = false;
      return false;
    }
    const reports = kept.flatMap(({ number, report }) => (report === undefined ? [] : [{ number, report }]));
    if (reports.length > 0) {
      const receipt = await send({ version: conditionsVersion, epoch, reports });
      if (this.#ended) return false;
      if (receipt.received !== true) throw new NotTaken(`${receipt.detail} [${receipt.code}]`);
      await this.#nameRefused(kept, receipt.refused);
    }
    if (reports.length < kept.length) await this.#lose(lossOf([], 'damaged-record'), 'the disk has damaged alarms');
    this.#delivered = last;
    await conditions.forget(last).catch((error: unknown) => {
      // They stay on disk; the next connection sends them once more, and the cloud knows their numbers.
      this.#options.log.warn({ error: messageOf(error) }, 'delivered alarms could not be forgotten yet');
    });
    return true;
  }

  async #nameRefused(kept: readonly KeptReport[], refused: readonly { number: number; detail: string }[]) {
    if (refused.length === 0) return;
    const numbers = new Set(refused.map(({ number }) => number));
    const lost = kept.flatMap(({ number, report }) => (numbers.has(number) && report !== undefined ? [report] : []));
    await this.#lose(lossOf(lost, 'refused-batch'), `the cloud refuses alarms: ${refused[0]!.detail}`);
  }

  /** The gap record first: better named twice than gone without a name. */
  async #lose(gap: GapRecord, text: string): Promise<void> {
    this.#options.log.error({ source: gap.source, fromTime: gap.fromTime }, `${text}; a gap record says so`);
    try {
      await this.#options.name(gap);
    } catch (error) {
      throw new NotTaken(`a loss could not be written: ${messageOf(error)}`);
    }
  }
}

/** Kept as it was, to be tried again on this connection. */
class NotTaken extends Error {}

function lossOf(
  reports: readonly { readonly source: string; readonly time: number }[],
  reason: GapRecord['reason'],
): GapRecord {
  const times = reports.length === 0 ? [0] : reports.map(({ time }) => time);
  const sources = new Set(reports.map(({ source }) => source));
  return {
    ...{ fromSequence: -1, toSequence: -1, samples: -1, reason },
    fromTime: Math.min(...times),
    toTime: Math.max(...times),
    source: sources.size === 1 ? [...sources][0]! : '',
  };
}
