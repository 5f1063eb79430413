import { constants, copyFile, link, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Layout, segmentFile } from './layout.ts';
import type { LayoutGate } from './layout-gate.ts';
import { quoted } from './segment-shelf.ts';

/** Copies the history as it is at one moment, while it goes on: nobody waits for it. */
export class StoreBackup {
  readonly #instance: DuckDBInstance;
  readonly #gate: LayoutGate;
  readonly #file: string;
  readonly #days: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: { instance: DuckDBInstance; gate: LayoutGate; file: string; days: string }) {
    this.#instance = options.instance;
    this.#gate = options.gate;
    this.#file = options.file;
    this.#days = options.days;
  }

  /** What a process that was killed has left: names of files that are nobody's any more. */
  async tidy(): Promise<void> {
    await rm(this.#links, { recursive: true, force: true });
  }

  backUp(folder: string): Promise<void> {
    const done = this.#turn.then(() => this.#backUp(folder));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Beside the days, so on their file system. */
  get #links(): string {
    return join(dirname(this.#file), 'backup-links');
  }

  async #backUp(folder: string): Promise<void> {
    const connection = await this.#instance.connect();
    try {
      await this.tidy();
      await mkdir(this.#links);
      await connection.run(`ATTACH ${quoted(join(folder, 'history.duckdb'))} AS backup`);
      const layout = await this.#gate.enter((now) => this.#fix(connection, now));
      // By way of queries, not of the file: it is never of one moment while it is written to.
      await connection.run(`COPY FROM DATABASE ${await databaseName(connection)} TO backup`);
      await connection.run('COMMIT');
      await connection.run('CHECKPOINT backup');
      await this.#bringDays(layout, join(folder, 'days'));
    } finally {
      await this.tidy();
      await connection.run('ROLLBACK').catch(() => undefined);
      await connection.run('DETACH DATABASE IF EXISTS backup').catch(() => undefined);
      connection.closeSync();
    }
  }

  /** The picture of the file, and a second name for each sealed day: it may lose its first one before it is copied. */
  async #fix(connection: DuckDBConnection, layout: Layout): Promise<Layout> {
    await connection.run('BEGIN');
    await connection.run('SELECT version FROM schema_version');
    for (const segment of layout.segments) {
      const name = segmentFile(segment);
      await linkOrCopy(join(this.#days, name), join(this.#links, name));
    }
    return layout;
  }

  async #bringDays({ segments }: Layout, folder: string): Promise<void> {
    await mkdir(folder);
    for (const segment of segments) {
      const name = segmentFile(segment);
      await copyDurably(join(this.#links, name), join(folder, name));
    }
  }
}

async function databaseName(connection: DuckDBConnection): Promise<string> {
  const found = await connection.runAndReadAll('SELECT current_database()');
  return `"${String(found.getRows()[0]![0]).replaceAll('"', '""')}"`;
}

/** Some file systems know no second name. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
