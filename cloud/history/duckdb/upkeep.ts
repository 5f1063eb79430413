import type { DuckDBInstance } from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Horizons } from '../horizons.ts';
import type { Removal, RetentionOrder } from '../retention.ts';
import type { LayoutGate } from './layout-gate.ts';
import { Retaining } from './retaining.ts';
import { Rollups } from './rollups.ts';
import { Sealing } from './sealing.ts';
import type { SegmentShelf } from './segment-shelf.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { StoreSettings } from './store-message.ts';
import type { StoreWriter } from './store-writer.ts';

const pauseAfterFailureMs = 60_000;

interface Work {
  look(): Promise<void>;
  retain(order: RetentionOrder): Promise<Removal[]>;
}

interface UpkeepOptions {
  readonly instance: DuckDBInstance;
  readonly gate: LayoutGate;
  readonly shelf: SegmentShelf;
  readonly writer: StoreWriter;
  readonly horizons: Horizons;
  readonly clock: Clock;
  readonly settings: Pick<StoreSettings, 'rollups' | 'sealing'>;
  readonly fatal: (error: unknown) => void;
}

/** What is done to the history beside the work, one thing after the other on a connection of its own. */
export class Upkeep implements Part {
  readonly #options: UpkeepOptions;
  #work: Work | undefined;
  #wanted = false;
  #cancel: () => void = () => undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #close: () => void = () => undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { instance, settings, ...parts } = this.#options;
    const connection = await instance.connect();
    const rollups = new Rollups({ ...parts, connection, pace: settings.rollups });
    const catchUp = () => rollups.catchUp(() => this.#wanted);
    // A long day must not keep the roll-ups of what comes in meanwhile waiting.
    const between = async () => {
      await catchUp();
      return this.#wanted;
    };
    // Never twice while this process lives: files are attached by it.
    let lastId = Math.max(0, ...parts.gate.layout.segments.map(({ id }) => id));
    const nextId = () => {
      lastId += 1;
      return lastId;
    };
    const segments = new SegmentWriter({ ...parts, connection, pace: settings.sealing, between });
    const sealing = new Sealing({ ...parts, connection, segments, pace: settings.sealing, nextId });
    const retaining = new Retaining({ ...parts, connection, segments, nextId });
    this.#work = {
      look: async () => {
        await catchUp();
        if (this.#wanted) await sealing.rollWhenDue();
        while (this.#wanted && (await sealing.sealNext())) await catchUp();
      },
      retain: (order) => retaining.retain(order, between),
    };
    this.#close = () => connection.closeSync();
    this.#wanted = true;
    this.#later(settings.rollups.lookMs);
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#cancel();
    await this.#turn;
    this.#close();
    this.#close = () => undefined;
  }

  /** Behind what is being done. @throws when it could not be done: what was removed until then is removed. */
  retain(order: RetentionOrder): Promise<Removal[]> {
    return this.#inTurn(async () => (this.#wanted ? ((await this.#work?.retain(order)) ?? []) : []));
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #later(ms: number): void {
    this.#cancel = this.#options.clock.after(ms, () => {
      void this.#inTurn(() => this.#look());
    });
  }

  async #look(): Promise<void> {
    try {
      await this.#work?.look();
      if (this.#wanted) this.#later(this.#options.settings.rollups.lookMs);
    } catch (error) {
      // Without roll-ups and sealed days the history is slower, not wrong: a full disk must not end it.
      process.stderr.write(`the history's upkeep failed, tried again in a minute: ${messageOf(error)}\n`);
      if (/FATAL|database has been invalidated/.test(messageOf(error))) this.#options.fatal(error);
      else if (this.#wanted) this.#later(pauseAfterFailureMs);
    }
  }
}
