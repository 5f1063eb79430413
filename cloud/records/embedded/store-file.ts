import { accessSync, constants, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { makeFolders } from '@gongfu/shared/base/folder';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { open, type RootDatabase } from 'lmdb';

/** One document put (bytes) or taken away (null). */
export interface Change {
  readonly collection: string;
  readonly key: string;
  readonly bytes: Uint8Array | null;
}

type FileKey = [collection: string, key: string];

/** Folders open in this process; lmdb would share the file, and two sets of documents in memory would drift apart. */
const openFolders = new Set<string>();

/**
 * The durable copy: one lmdb environment, one entry a document. `commit` resolves when the changes are on the disk;
 * changes of one call are in one transaction, calls are committed in their order.
 */
export class StoreFile {
  readonly #folder: string;
  #environment: RootDatabase<Buffer, FileKey> | undefined;
  #place = '';
  #durable: Promise<void> = Promise.resolve();
  #failure: Problem | undefined;

  constructor(options: { folder: string }) {
    this.#folder = options.folder;
  }

  /** @throws Problem `records-in-use` when another process has the folder open, `records-unwritable` */
  open(): void {
    const place = writableFolder(this.#folder);
    if (openFolders.has(place)) throw inUse(this.#folder, []);
    // Without overlapping sync a commit is reported only after the disk has it.
    const environment = open<Buffer, FileKey>({
      path: place,
      noSubdir: false,
      encoding: 'binary',
      overlappingSync: false,
      // Its own batches make promises nobody holds: one failed commit would end the process.
      eventTurnBatching: false,
    });
    // A first read takes a place in lmdb's table of readers, where other processes can see us and we them.
    environment.getKeysCount({ limit: 1 });
    const others = readerProcesses(environment.readerList()).filter((pid) => pid !== process.pid);
    if (others.length > 0) {
      void environment.close();
      throw inUse(this.#folder, others);
    }
    this.#place = place;
    openFolders.add(this.#place);
    this.#environment = environment;
    this.#failure = undefined;
  }

  get usable(): boolean {
    return this.#environment !== undefined && this.#failure === undefined;
  }

  /** @throws Problem `records-closed` or `records-write-failed` */
  assertUsable(): void {
    this.#opened();
  }

  /** Every document, for loading at open. */
  *entries(): Generator<{ collection: string; key: string; bytes: Uint8Array }> {
    for (const { key, value } of this.#opened().getRange({})) yield { collection: key[0], key: key[1], bytes: value };
  }

  commit(changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) {
      const environment = this.#opened();
      const written = environment.transaction(() => {
        for (const { collection, key, bytes } of changes) {
          // Inside the transaction both act at once; their promises are the transaction's own.
          if (bytes === null) void environment.remove([collection, key]);
          else void environment.put([collection, key], Buffer.from(bytes));
        }
      });
      this.#durable = this.#settle(written, environment);
    }
    return this.durable();
  }

  /** Resolves when all changes so far are on the disk: awaited by reads too, so nobody sees what may still be lost. */
  async durable(): Promise<void> {
    this.#opened();
    await this.#durable;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What is committed at one moment, into an empty folder, while writing goes on. */
  async copyTo(folder: string): Promise<void> {
    await this.durable();
    await this.#opened().backup(folder, false);
  }

  async close(): Promise<void> {
    const environment = this.#environment;
    this.#environment = undefined;
    if (environment === undefined) return;
    await this.#durable;
    openFolders.delete(this.#place);
    await environment.close();
  }

  /** After a failed write memory is ahead of the disk and the page cache cannot be trusted: nothing more is accepted. */
  async #settle(written: Promise<void>, environment: RootDatabase<Buffer, FileKey>): Promise<void> {
    const before = this.#durable;
    try {
      await Promise.all([before, written]);
      await environment.flushed;
    } catch (cause) {
      this.#failure ??= new Problem({
        code: 'records-write-failed',
        detail: `The records store in ${this.#folder} could not write to its disk.`,
        advice: 'Check free space and the health of the disk, then start the service again.',
        reaction: 'stop',
        status: 503,
        cause: await commitErrorOf(cause),
      });
    }
  }

  #opened(): RootDatabase<Buffer, FileKey> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#environment !== undefined) return this.#environment;
    throw new Problem({
      code: 'records-closed',
      detail: `The records store in ${this.#folder} is closed.`,
      advice: 'Wait until the service has started, or start it again.',
      reaction: 'retry',
      status: 503,
    });
  }
}

/** Makes the folder and tries it, because lmdb tells of a folder it may not write to in words nobody can act on. */
function writableFolder(folder: string): string {
  try {
    makeFolders(folder);
    const place = realpathSync(folder);
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return place;
  } catch (cause) {
    throw new Problem({
      code: 'records-unwritable',
      detail: `The data folder cannot be written by user ${userInfo().username}: ${messageOf(cause)}`,
      advice:
        'Give this user the right to write there, or name another folder: DATA_DIR, or data.path in the configuration.',
      reaction: 'stop',
      cause,
    });
  }
}

/** lmdb keeps the reason in a promise of its own; left alone, that one would end the process as an unhandled rejection. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<unknown> }).commitError;
  if (reason === undefined) return error;
  return reason.then(
    () => error,
    (cause: unknown) => cause,
  );
}

/** lmdb prints a table: a headline, then `pid thread txnid` a line. */
function readerProcesses(table: string): number[] {
  const pids = table.split('\n').map((line) => Number.parseInt(line.trim(), 10));
  return pids.filter((pid) => Number.isInteger(pid));
}

function inUse(folder: string, pids: readonly number[]): Problem {
  const who = pids.length === 0 ? 'this process' : `process ${pids.join(', ')}`;
  return new Problem({
    code: 'records-in-use',
    detail: `The records folder ${folder} is already open in ${who}.`,
    advice: 'Stop the other service, or give this one a data folder of its own.',
    reaction: 'stop',
  });
}
