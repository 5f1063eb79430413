import { resolve } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { decodeBatch, encodeDeflated } from '@gongfu/shared/wire/codec';
import type { BufferedBatch, BufferState, TelemetryBuffer } from './buffer.ts';
import { writeFailed } from './buffer-problem.ts';
import { requireDisk } from './disk-room.ts';
import { lockFolder, makeFolder } from './folder-lock.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { LmdbConditionLog } from './lmdb-condition-log.ts';
import { openFolder } from './opening.ts';
import { RecentGaps } from './recent-gaps.ts';
import { type BatchRecord, packRecord, spanOf, unpackRecord } from './record.ts';
import { addGap, batchesPerGap, gapOfDamaged, gapOfDropped, storedBytes, usableBytes } from './retention.ts';
import type { Store } from './store.ts';
import { TagNumbers } from './tag-numbers.ts';

export interface LmdbBufferOptions {
  readonly folder: string;
  readonly capacityBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Longest time a batch the cloud has stays on disk: a sync of its own for each would be half of all syncs. */
const forgetWithinMs = 2_000;

interface Stored {
  readonly sequence: number;
  /** Undefined when it is damaged. */
  readonly record: BatchRecord | undefined;
  readonly valueBytes: number;
}

/** The buffer on lmdb. README.md has the promises; their numbers stand in the comments here. */
export class LmdbBuffer implements TelemetryBuffer {
  readonly conditions: LmdbConditionLog;
  readonly #folder: string;
  readonly #options: LmdbBufferOptions;
  #store: Store | undefined;
  #ledger: Ledger = newLedger(0, []);
  #unlock: () => void = () => {};
  /** Writes run one after the other: each starts from the ledger the one before has left. */
  #tail: Promise<unknown> = Promise.resolve();
  /** What the cloud has and is still on disk, with the bytes each takes there: it leaves with the next transaction. */
  readonly #forgotten = new Map<number, number>();
  #cancelForgetting: (() => void) | undefined;
  /** Sequences whose commit failed: possibly on disk, never acknowledged, removed by the next transaction. */
  readonly #doomed = new Set<number>();
  readonly #damaged = new Set<number>();
  readonly #recentGaps = new RecentGaps();
  #overflowing = false;
  #leftSinceGap = false;
  #tags = new TagNumbers([]);

  constructor(options: LmdbBufferOptions) {
    this.#options = options;
    this.#folder = resolve(options.folder);
    const batchesBytes = () => this.#ledger.usedBytes;
    this.conditions = new LmdbConditionLog({ ...options, folder: this.#folder, batchesBytes });
  }

  async start(): Promise<void> {
    if (this.#store !== undefined) return;
    makeFolder(this.#folder);
    this.#unlock = lockFolder(this.#folder);
    try {
      const { store, ledger } = await openFolder(this.#folder, this.#options.clock, this.#options.log);
      this.#ledger = ledger;
      this.#recentGaps.add(ledger.gapsWaiting);
      this.#tags = new TagNumbers(Array.from(store.tags.getRange({}), ({ value }) => value));
      this.conditions.open(store);
      this.#store = store;
    } catch (error) {
      this.#unlock();
      throw error instanceof Problem ? error : writeFailed(this.#folder, error);
    }
  }

  async stop(): Promise<void> {
    if (this.#cancelForgetting !== undefined) this.#removeForgotten();
    await this.conditions.close();
    await this.#tail.catch(() => {});
    const store = this.#store;
    if (store === undefined) return;
    this.#endForgetting();
    this.#forgotten.clear();
    this.#store = undefined;
    // Should the disk refuse this last word, the next agent takes this one for killed: too careful, never wrong.
    await this.#commit(store, () => void store.ledger.put('ledger', { ...this.#ledger, closed: true })).catch(() => {});
    await store.close();
    this.#unlock();
  }

  state(): BufferState {
    const { epoch, batches, usedBytes, lastSequence, gapsTotal } = this.#ledger;
    const oldestTime = this.#first(0)?.record?.fromTime ?? null;
    return {
      epoch,
      batches: batches - this.#forgotten.size,
      usedBytes: usedBytes - this.#forgottenBytes(),
      lastSequence,
      gapsTotal,
      oldestTime,
      capacityBytes: this.#options.capacityBytes,
    };
  }

  append(blocks: readonly SampleBlock[], gaps: readonly GapRecord[]): Promise<BufferedBatch> {
    return this.#exclusive((store) => this.#append(store, blocks, gaps));
  }

  read(after: number, bytesMax: number): BufferedBatch[] {
    const batches: BufferedBatch[] = [];
    let bytes = 0;
    for (const { sequence, record } of this.#records(after + 1)) {
      if (sequence > this.#ledger.lastSequence) break;
      if (record === undefined) {
        this.#nameDamaged(sequence);
        continue;
      }
      if (this.#doomed.has(sequence)) continue;
      if (batches.length > 0 && bytes + record.bytes.length > bytesMax) break;
      batches.push(record);
      bytes += record.bytes.length;
    }
    return batches;
  }

  forget(sequences: readonly number[]): void {
    for (const sequence of sequences) {
      const length = this.#store?.batches.get(sequence)?.length;
      if (length !== undefined) this.#forgotten.set(sequence, storedBytes(length));
    }
    this.#leftSinceGap = true;
    if (this.#forgotten.size > 0) this.#forgetLater();
  }

  declare(tags: readonly Omit<TagDeclaration, 'number'>[]): Promise<TagDeclaration[]> {
    return this.#exclusive(async (store) => {
      const { declared, changed } = this.#tags.number(tags);
      if (changed.length > 0) {
        await this.#commit(store, () => {
          for (const tag of changed) void store.tags.put(tag.number, tag);
        });
        this.#tags.keep(changed);
      }
      return declared;
    });
  }

  declarations(): readonly TagDeclaration[] {
    return this.#tags.all();
  }

  /** What has been lost here as far as is known since the start, the newest last; up to 200. */
  recentGaps(): readonly GapRecord[] {
    return this.#recentGaps.all();
  }

  async #append(store: Store, blocks: readonly SampleBlock[], gaps: readonly GapRecord[]): Promise<BufferedBatch> {
    const before = this.#ledger;
    // The newest of them is the last: each was greater than all before.
    const sequence = Math.max(before.lastSequence, [...this.#doomed].at(-1) ?? 0) + 1;
    const carried = this.#mayCarry() ? before.gapsWaiting : [];
    const allGaps = [...carried, ...gaps];
    const bytes = await encodeDeflated({ epoch: before.epoch, sequence, blocks, gaps: allGaps });
    const span = spanOf(blocks, allGaps);
    const value = packRecord({ ...span, gaps: allGaps.length, bytes });
    const addedBytes = storedBytes(value.length);
    const freeInFileBytes = store.sizeBytes() - before.usedBytes - this.conditions.usedBytes;
    requireDisk({ folder: this.#folder, addedBytes, freeInFileBytes });

    let gapsWaiting = carried.length > 0 ? [] : before.gapsWaiting;
    const { leaving, lost } = this.#overflow(before.usedBytes - this.#forgottenBytes() + addedBytes);
    for (const gap of lost) gapsWaiting = addGap(gapsWaiting, gap);
    const written = gapsWaiting.length - (carried.length > 0 ? 0 : before.gapsWaiting.length);
    const total = before.gapsTotal + gaps.length + Math.max(0, written);
    await this.#remove(store, leaving, () => gapsWaiting, total, {
      sequence,
      value,
      addedBytes,
      newestTime: span.toTime,
    });
    this.#recentGaps.add([...lost, ...gaps]);
    this.#overflowing = leaving.length > 0;
    if (carried.length > 0 || before.gapsWaiting.length === 0) this.#leftSinceGap = false;
    return { sequence, bytes, ...span };
  }

  /** Promise 4: gap records wait while the overflow goes on, unless batches leave for the cloud and the record has grown long. */
  #mayCarry(): boolean {
    if (!this.#overflowing) return true;
    const longest = this.#ledger.gapsWaiting.reduce(
      (most, gap) => Math.max(most, gap.toSequence - gap.fromSequence),
      0,
    );
    return this.#leftSinceGap && longest >= batchesPerGap;
  }

  /** The oldest batches that must leave so that `neededBytes` fit, and the gap records that name them (promises 3 to 5). */
  #overflow(neededBytes: number): { leaving: number[]; lost: GapRecord[] } {
    const leaving: number[] = [];
    const lost: GapRecord[] = [];
    let excess = neededBytes - usableBytes(this.#options.capacityBytes);
    if (excess <= 0) return { leaving, lost };
    for (const { sequence, record, valueBytes } of this.#records(0)) {
      if (excess <= 0) break;
      leaving.push(sequence);
      excess -= storedBytes(valueBytes);
      if (this.#doomed.has(sequence)) continue;
      if (record === undefined) lost.push(this.#damagedGap(sequence));
      else lost.push(gapOfDropped(record), ...gapsOf(record));
    }
    return { leaving, lost };
  }

  #forgottenBytes(): number {
    let sum = 0;
    for (const bytes of this.#forgotten.values()) sum += bytes;
    return sum;
  }

  #forgetLater(): void {
    this.#cancelForgetting ??= this.#options.clock.after(forgetWithinMs, () => this.#removeForgotten());
  }

  #endForgetting(): void {
    this.#cancelForgetting?.();
    this.#cancelForgetting = undefined;
  }

  /** By themselves, as nothing was appended for so long. */
  #removeForgotten(): void {
    this.#endForgetting();
    this.#exclusive((store) => this.#remove(store, [], () => this.#ledger.gapsWaiting, this.#ledger.gapsTotal)).catch(
      (error: unknown) => {
        this.#options.log.warn({ error: messageOf(error) }, 'delivered batches could not be removed yet');
        this.#forgetLater();
      },
    );
  }

  /** One transaction: batches out, perhaps one in, doomed and forgotten ones out, ledger written. */
  async #remove(
    store: Store,
    leaving: readonly number[],
    gapsWaiting: () => readonly GapRecord[],
    gapsTotal: number,
    added?: { sequence: number; value: Buffer; addedBytes: number; newestTime: number },
  ): Promise<void> {
    const before = this.#ledger;
    const forgotten = [...this.#forgotten.keys()];
    const out = new Map<number, number>();
    for (const sequence of [...leaving, ...this.#doomed, ...forgotten]) {
      const length = store.batches.get(sequence)?.length;
      if (length !== undefined) out.set(sequence, storedBytes(length));
    }
    if (out.size === 0 && added === undefined && gapsTotal === before.gapsTotal) return;
    const freed = [...out.values()].reduce((sum, bytes) => sum + bytes, 0);
    const after: Ledger = {
      ...before,
      lastSequence: added?.sequence ?? before.lastSequence,
      batches: before.batches - out.size + (added === undefined ? 0 : 1),
      usedBytes: before.usedBytes - freed + (added?.addedBytes ?? 0),
      newestTime: Math.max(before.newestTime, added?.newestTime ?? 0),
      gapsTotal,
      gapsWaiting: gapsWaiting(),
    };
    try {
      await this.#commit(store, () => {
        for (const sequence of out.keys()) void store.batches.remove(sequence);
        if (added !== undefined) void store.batches.put(added.sequence, added.value);
        void store.ledger.put('ledger', after);
      });
      this.#ledger = after;
      this.#doomed.clear();
      for (const sequence of forgotten) this.#forgotten.delete(sequence);
      // What is forgotten next waits for the next append anew.
      if (this.#forgotten.size === 0) this.#endForgetting();
    } catch (error) {
      // The commit's fate is unknown: go on from what the store shows, and never give this sequence again (promise 2).
      this.#ledger = store.readLedger() ?? before;
      if (added !== undefined) this.#doomed.add(added.sequence);
      throw error;
    }
  }

  #nameDamaged(sequence: number): void {
    if (this.#damaged.has(sequence)) return;
    this.#damaged.add(sequence);
    this.#options.log.error(
      { code: 'buffer-record-damaged', sequence },
      'a batch in the buffer is damaged; a gap record names it',
    );
    const removal = this.#exclusive(async (store) => {
      const gap = this.#damagedGap(sequence);
      const waiting = addGap(this.#ledger.gapsWaiting, gap);
      await this.#remove(store, [sequence], () => waiting, this.#ledger.gapsTotal + 1);
      this.#recentGaps.add([gap]);
    });
    // A failed removal is tried again when the record is met again.
    removal.catch(() => {}).finally(() => this.#damaged.delete(sequence));
  }

  #damagedGap(sequence: number): GapRecord {
    const behind = this.#first(sequence + 1)?.record?.fromTime;
    const before = this.#first(sequence - 1, true)?.record?.toTime;
    return gapOfDamaged(sequence, before, behind);
  }

  #first(from: number, reverse = false): Stored | undefined {
    for (const stored of this.#records(from, reverse)) return stored;
    return undefined;
  }

  /** Without what is forgotten. To be left by the end, `break` or `return`: one left open keeps a snapshot, and the file grows as long as it does. */
  *#records(from: number, reverse = false): Generator<Stored> {
    if (this.#store === undefined) return;
    for (const { key, value } of this.#store.batches.getRange({ start: from, reverse })) {
      if (this.#forgotten.has(key)) continue;
      yield { sequence: key, record: unpackRecord(key, value), valueBytes: value.length };
    }
  }

  async #commit(store: Store, write: () => void): Promise<void> {
    try {
      await store.transaction(write);
    } catch (error) {
      throw writeFailed(this.#folder, error);
    }
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

function gapsOf(record: BatchRecord): readonly GapRecord[] {
  return record.gaps === 0 ? [] : decodeBatch(record.bytes).gaps;
}
