import { crc32 } from 'node:zlib';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { ConditionReport } from '@gongfu/shared/wire/condition';
import { writeFailed } from './buffer-problem.ts';
import type { ConditionLog, KeptReport } from './condition-log.ts';
import { requireDisk } from './disk-room.ts';
import { storedBytes } from './retention.ts';
import type { Store } from './store.ts';

/** What of the buffer's limit reports may take; the batches have their own part. */
const partOfCapacity = 0.02;
const bytesLeast = 256 * 1024;
const ledgerKey = 'conditions';
const checksumBytes = 4;

interface ConditionLedger {
  readonly lastNumber: number;
  readonly count: number;
  readonly usedBytes: number;
}

const emptyLedger: ConditionLedger = { lastNumber: 0, count: 0, usedBytes: 0 };

/** The log in a table of the buffer's store, with a ledger of its own written in the same transaction. */
export class LmdbConditionLog implements ConditionLog {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #batchesBytes: () => number;
  #store: Store | undefined;
  #ledger = emptyLedger;
  /** Writes run one after the other: each starts from the ledger the one before has left. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: {
    folder: string;
    capacityBytes: number;
    /** Bytes of the same store that batches take. */
    batchesBytes: () => number;
  }) {
    this.#folder = options.folder;
    this.#batchesBytes = options.batchesBytes;
    this.#bytesMax = Math.max(bytesLeast, Math.floor(options.capacityBytes * partOfCapacity));
  }

  open(store: Store): void {
    this.#ledger = readLedger(store);
    this.#store = store;
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#store = undefined;
    await this.#tail;
  }

  get waiting(): number {
    return this.#ledger.count;
  }

  /** Bytes of the store that reports take. */
  get usedBytes(): number {
    return this.#ledger.usedBytes;
  }

  append(reports: readonly ConditionReport[]): Promise<GapRecord[]> {
    return this.#exclusive((store) => this.#append(store, reports));
  }

  read(after: number, { countMax, bytesMax }: { countMax: number; bytesMax: number }): KeptReport[] {
    const found: KeptReport[] = [];
    let bytes = 0;
    for (const { number, value } of this.#values(after + 1)) {
      bytes += value.length;
      if (found.length === countMax || (found.length > 0 && bytes > bytesMax)) break;
      found.push({ number, report: unpack(value) });
    }
    return found;
  }

  forget(upTo: number): Promise<void> {
    return this.#exclusive((store) => {
      const leaving: { number: number; bytes: number }[] = [];
      for (const { number, value } of this.#values(0)) {
        if (number > upTo) break;
        leaving.push({ number, bytes: storedBytes(value.length) });
      }
      return leaving.length === 0 ? Promise.resolve() : this.#write(store, leaving, []);
    });
  }

  async #append(store: Store, reports: readonly ConditionReport[]): Promise<GapRecord[]> {
    const values = reports.map(pack);
    const addedBytes = values.reduce((sum, value) => sum + storedBytes(value.length), 0);
    requireDisk({
      folder: this.#folder,
      addedBytes,
      freeInFileBytes: store.sizeBytes() - this.#ledger.usedBytes - this.#batchesBytes(),
    });
    const { leaving, lost } = this.#overflow(this.#ledger.usedBytes + addedBytes - this.#bytesMax);
    await this.#write(store, leaving, values);
    return lost;
  }

  /** What must leave so that so many bytes get free, and the gap records that name it, one a source. */
  #overflow(excess: number): { leaving: { number: number; bytes: number }[]; lost: GapRecord[] } {
    const leaving: { number: number; bytes: number }[] = [];
    const lost = new Map<string, GapRecord>();
    let freed = 0;
    for (const { number, value } of this.#values(0)) {
      if (freed >= excess) break;
      const bytes = storedBytes(value.length);
      leaving.push({ number, bytes });
      freed += bytes;
      const { source = '', time = 0 } = unpack(value) ?? {};
      const { fromTime = time, toTime = time } = lost.get(source) ?? {};
      lost.set(source, {
        ...{ fromSequence: -1, toSequence: -1, samples: -1, reason: 'buffer-full', source },
        fromTime: Math.min(fromTime, time),
        toTime: Math.max(toTime, time),
      });
    }
    return { leaving, lost: [...lost.values()] };
  }

  async #write(store: Store, leaving: readonly { number: number; bytes: number }[], added: readonly Buffer[]) {
    const before = this.#ledger;
    const sum = (bytes: readonly number[]): number => bytes.reduce((total, one) => total + one, 0);
    const after: ConditionLedger = {
      lastNumber: before.lastNumber + added.length,
      count: before.count - leaving.length + added.length,
      usedBytes:
        before.usedBytes - sum(leaving.map(({ bytes }) => bytes)) + sum(added.map(({ length }) => storedBytes(length))),
    };
    try {
      await store.transaction(() => {
        for (const { number } of leaving) void store.conditions.remove(number);
        for (const [place, value] of added.entries()) void store.conditions.put(before.lastNumber + 1 + place, value);
        void store.ledger.put(ledgerKey, after);
      });
      this.#ledger = after;
    } catch (error) {
      // The commit's fate is unknown: go on from what the store shows. What is there twice says the same twice.
      this.#ledger = readLedger(store);
      throw writeFailed(this.#folder, error);
    }
  }

  /** To be left by the end, `break` or `return`: one left open keeps a snapshot. */
  *#values(from: number): Generator<{ number: number; value: Buffer }> {
    if (this.#store === undefined) return;
    for (const { key: number, value } of this.#store.conditions.getRange({ start: from })) yield { number, value };
  }

  #exclusive<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => {
      if (this.#store === undefined) throw writeFailed(this.#folder, new Error('the buffer is not open'));
      return work(this.#store);
    });
    this.#tail = result.catch(() => {});
    return result;
  }
}

function readLedger(store: Store): ConditionLedger {
  return (store.ledger.get(ledgerKey) as ConditionLedger | undefined) ?? emptyLedger;
}

/** CRC-32 of the rest, and the report as JSON. */
function pack(report: ConditionReport): Buffer {
  const text = Buffer.from(JSON.stringify(report));
  const value = Buffer.allocUnsafe(checksumBytes + text.length);
  value.writeUInt32LE(crc32(text), 0);
  value.set(text, checksumBytes);
  return value;
}

/** Undefined when the bytes are not what was written. */
function unpack(value: Buffer): ConditionReport | undefined {
  if (value.length < checksumBytes || crc32(value.subarray(checksumBytes)) !== value.readUInt32LE(0)) return undefined;
  return JSON.parse(value.toString('utf8', checksumBytes)) as ConditionReport;
}
