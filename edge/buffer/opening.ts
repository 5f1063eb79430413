import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import { newerVersion, unwritable } from './buffer-problem.ts';
import { type Ledger, ledgerVersion, newLedger } from './ledger.ts';
import { addGap } from './retention.ts';
import { openStore, type Store } from './store.ts';
import { faultOf, readEpoch, setAside, writeEpoch } from './store-file.ts';

const { EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EMFILE, ENFILE } = constants.errno;
/** Errors of the system, as lmdb numbers them, that tell of this process or its disk and not of what is in the file. */
const notOfTheFile: ReadonlySet<unknown> = new Set([EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EMFILE, ENFILE]);

interface Opened {
  readonly store: Store;
  readonly ledger: Ledger;
}

/** Takes over the store of the folder, or begins one; one that cannot be read is set aside (promise 6). */
export async function openFolder(folder: string, clock: Clock, log: Logger): Promise<Opened> {
  const file = join(folder, 'buffer.mdb');
  const known = readEpoch(folder);
  let lost: GapRecord[] = [];
  if (existsSync(file)) {
    const adopted = faultOf(file) ?? (await adopt(file));
    if (typeof adopted !== 'string') return await takeOver(adopted, clock.now(), log);
    const now = clock.now();
    const aside = setAside(file, now);
    lost = [lossOfStore(known, now)];
    log.error({ code: 'buffer-set-aside', file: aside, fault: adopted }, 'the buffer cannot be read; a new one begins');
  }
  const epoch = Math.max(clock.now(), known + 1);
  writeEpoch(folder, epoch);
  const { store } = openStore(file);
  const ledger = newLedger(epoch, lost);
  await store.transaction(() => void store.ledger.put('ledger', ledger));
  return { store, ledger };
}

/** Marks the store as open; when the agent before was killed, its last moments become a gap record (promise 10). */
async function takeOver({ store, ledger }: Opened, now: number, log: Logger): Promise<Opened> {
  const killed = ledger.closed ? [] : [lossOfKilled(ledger, now)];
  if (killed.length > 0)
    log.warn({ since: ledger.newestTime }, 'the agent was not stopped but killed; a gap record says so');
  const opened: Ledger = {
    ...ledger,
    // Of an older one everything stays: its batches go to the cloud as they are.
    version: ledgerVersion,
    closed: false,
    gapsTotal: ledger.gapsTotal + killed.length,
    gapsWaiting: killed.reduce(addGap, [...ledger.gapsWaiting]),
  };
  await store.transaction(() => void store.ledger.put('ledger', opened));
  return { store, ledger: opened };
}

/** What was read after the newest durable sample and before now; how many there were nobody can know. */
function lossOfKilled(ledger: Ledger, now: number): GapRecord {
  const fromTime = ledger.newestTime === 0 ? Math.min(ledger.epoch, now) : Math.min(ledger.newestTime, now);
  return { fromSequence: -1, toSequence: -1, fromTime, toTime: now, samples: -1, reason: 'agent-killed', source: '' };
}

/** The store that is there, or why it cannot be used. @throws Problem `buffer-newer`, `buffer-folder-unwritable` */
async function adopt(file: string): Promise<Opened | string> {
  try {
    const { store, ledger } = openStore(file);
    if (ledger !== undefined && ledger.version <= ledgerVersion) return { store, ledger };
    await store.close();
    if (ledger === undefined) return 'it holds no readable ledger';
    throw newerVersion(file, ledger.version);
  } catch (error) {
    if (error instanceof Problem) throw error;
    // Begun once by another user, say: nothing is wrong with the store, and its samples are to be delivered.
    if (notOfTheFile.has((error as { code?: unknown }).code)) throw unwritable(dirname(file), error);
    return messageOf(error);
  }
}

/** Whatever the lost store held was taken between its beginning and now. */
function lossOfStore(begun: number, now: number): GapRecord {
  return {
    fromSequence: -1,
    toSequence: -1,
    fromTime: Math.min(begun, now),
    toTime: now,
    samples: -1,
    reason: 'damaged-record',
    source: '',
  };
}
