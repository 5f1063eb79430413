import { statSync } from 'node:fs';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { type Database, open } from 'lmdb';
import { type Ledger, readLedger } from './ledger.ts';

/** The tables of one open store file. */
export interface Store {
  readonly batches: Database<Buffer, number>;
  readonly ledger: Database<unknown, string>;
  readonly tags: Database<TagDeclaration, number>;
  /** Reports of conditions, by their number. */
  readonly conditions: Database<Buffer, number>;
  /** Runs `write` as one transaction; resolves when it is durable. */
  transaction(write: () => void): Promise<void>;
  readLedger(): Ledger | undefined;
  sizeBytes(): number;
  close(): Promise<void>;
}

/** Opens or creates. Throws what lmdb throws when it cannot; a store without a readable ledger comes without one. */
export function openStore(file: string): { store: Store; ledger: Ledger | undefined } {
  // eventTurnBatching off: its own batches make promises nobody holds, and one failed commit would end the process.
  const root = open({ path: file, noSubdir: true, overlappingSync: false, eventTurnBatching: false, maxDbs: 8 });
  const ledger = root.openDB<unknown, string>({ name: 'ledger', encoding: 'json' });
  const store: Store = {
    batches: root.openDB<Buffer, number>({ name: 'batches', encoding: 'binary' }),
    tags: root.openDB<TagDeclaration, number>({ name: 'tags', encoding: 'json' }),
    conditions: root.openDB<Buffer, number>({ name: 'conditions', encoding: 'binary' }),
    ledger,
    async transaction(write) {
      try {
        await root.transaction(write);
      } catch (error) {
        throw await commitErrorOf(error);
      }
    },
    readLedger: () => readLedger(ledger.get('ledger')),
    sizeBytes: () => statSync(file).size,
    close: () => root.close(),
  };
  return { store, ledger: store.readLedger() };
}

/** lmdb hangs the true cause of a failed commit on the error, as a promise that rejects: it must be looked at. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  const promise = (error as { commitError?: Promise<unknown> }).commitError;
  try {
    await promise;
    return error;
  } catch (cause) {
    return cause;
  }
}
