import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Segment, segmentFile, segmentName } from './layout.ts';

interface Shelved {
  readonly attached: Promise<void>;
  holders: number;
  isGone: boolean;
}

/** Files of sealed days, attached when somebody asks for their day; those least lately held are let go, and those that are no more. */
export class SegmentShelf {
  readonly #connection: DuckDBConnection;
  readonly folder: string;
  readonly #openMax: number;
  /** In the order they were last held. */
  readonly #shelved = new Map<number, Shelved>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(connection: DuckDBConnection, folder: string, openMax: number) {
    this.#connection = connection;
    this.folder = folder;
    this.#openMax = openMax;
  }

  static async open(instance: DuckDBInstance, folder: string, openMax = 64): Promise<SegmentShelf> {
    return new SegmentShelf(await instance.connect(), folder, openMax);
  }

  fileOf(segment: Pick<Segment, 'id' | 'day'>): string {
    return join(this.folder, segmentFile(segment));
  }

  /** Resolves when all are attached by their names, with what lets them go. */
  async hold(segments: readonly Segment[]): Promise<() => void> {
    const held = segments.map((segment) => this.#take(segment));
    const release = () => {
      for (const one of held) one.holders -= 1;
      this.#tidy();
    };
    try {
      await Promise.all(held.map(({ attached }) => attached));
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** To be told when their files have been removed: what is attached keeps its space on the disk. */
  retire(segments: readonly Pick<Segment, 'id'>[]): void {
    for (const { id } of segments) {
      const shelved = this.#shelved.get(id);
      if (shelved !== undefined) shelved.isGone = true;
    }
    this.#tidy();
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#connection.closeSync();
  }

  #take(segment: Segment): Shelved {
    const known = this.#shelved.get(segment.id);
    const shelved = known ?? { attached: this.#attach(segment), holders: 0, isGone: false };
    this.#shelved.delete(segment.id);
    this.#shelved.set(segment.id, shelved);
    shelved.holders += 1;
    return shelved;
  }

  async #attach(segment: Segment): Promise<void> {
    try {
      await this.#inTurn(`ATTACH IF NOT EXISTS ${quoted(this.fileOf(segment))} AS ${segmentName(segment)} (READ_ONLY)`);
    } catch (error) {
      this.#shelved.delete(segment.id);
      throw error;
    }
  }

  #tidy(): void {
    for (const [id, { holders, isGone }] of this.#shelved) {
      if (holders > 0 || (!isGone && this.#shelved.size <= this.#openMax)) continue;
      this.#shelved.delete(id);
      this.#inTurn(`DETACH DATABASE IF EXISTS ${segmentName({ id })}`).catch(() => undefined);
    }
  }

  /** One after the other: who takes up again what is being let go attaches it anew. */
  #inTurn(sql: string): Promise<unknown> {
    const done = this.#turn.then(() => this.#connection.run(sql));
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
