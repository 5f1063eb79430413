import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Problem } from '@gongfu/shared/base/problem';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type {
  AdmittedBatch,
  HistoryStore,
  HistoryTag,
  StoredGap,
  StoredSample,
  WatermarkRange,
} from '../history/history-store.ts';
import { type MovedTag, type MoveUnit, unitsOf } from './move-units.ts';

/** A gateway nobody has: its sequences tell what of the move is stored. */
const moverId = 'migration';
const stages = { begun: 1, gaps: 2, done: 3 } as const;
const pageRows = 50_000;
const always = { from: -8.64e15, to: 8.64e15 };

export interface HistoryMoveOptions {
  readonly source: HistoryStore;
  readonly target: HistoryStore;
  readonly tags: readonly MovedTag[];
  readonly gatewayIds: readonly string[];
  readonly now: number;
  /** Told after each unit. */
  readonly progress: (units: number, of: number) => void;
}

export interface MovedHistory {
  readonly samples: number;
  readonly gaps: number;
  readonly ranges: number;
  /** SHA-256 of every sample, as both stores have it. */
  readonly digest: string;
}

/**
 * Moves a history into an empty store. Each unit is stored together with the mark that says so, so a move that was killed goes
 * on after its last unit and nothing comes twice. In the end all of it is read from both and compared.
 */
export class HistoryMove {
  readonly #options: HistoryMoveOptions;
  readonly #marks = new Map<number, (readonly [number, number])[]>();

  constructor(options: HistoryMoveOptions) {
    this.#options = options;
  }

  /** @throws Problem `migration-target-used`, `migration-differs` */
  async run(): Promise<MovedHistory> {
    const { source, target, tags, now, progress } = this.#options;
    await this.#begin();
    const units = await unitsOf(source, tags, now);
    for (const [place, unit] of units.entries()) {
      if (!this.#isMarked(unit.window, unit.place)) await this.#move(unit, now);
      progress(place + 1, units.length);
    }
    const ranges = (await source.watermarks()).filter(({ gatewayId }) => gatewayId !== moverId);
    const gaps = await this.#gapsOf(source);
    if (!this.#isMarked(0, stages.gaps)) {
      await target.restore({ batches: gapBatches(gaps, ranges), known: [markOf(0, stages.gaps)] });
    }
    if (!this.#isMarked(0, stages.done)) {
      await target.restore({ batches: [], known: [markOf(0, stages.done), ...ranges] });
    }
    return this.#compare(units, gaps, ranges);
  }

  /** What is there already is ours, or nothing is moved. */
  async #begin(): Promise<void> {
    const { target } = this.#options;
    const found = await target.watermarks();
    for (const { epoch, first, last } of found.filter(({ gatewayId }) => gatewayId === moverId)) {
      this.#marks.set(epoch, [...(this.#marks.get(epoch) ?? []), [first, last]]);
    }
    if (this.#isMarked(0, stages.begun)) return;
    if (found.length > 0) throw used('the history');
    await target.restore({ batches: [], known: [markOf(0, stages.begun)] });
  }

  #isMarked(window: number, place: number): boolean {
    return (this.#marks.get(window) ?? []).some(([first, last]) => first <= place && place <= last);
  }

  async #move(unit: MoveUnit, now: number): Promise<void> {
    const { source, target } = this.#options;
    const batches = new Map<string, { name: BatchKey; rows: Map<ColumnKind, [number, StoredSample][]> }>();
    for (const tag of unit.tags) {
      for await (const samples of pagesOf(source, tag, unit)) {
        for (const sample of samples) {
          const { epoch, sequence } = sample;
          const key = `${tag.gatewayId}/${epoch}/${sequence}`;
          const batch = batches.get(key) ?? { name: { gatewayId: tag.gatewayId, epoch, sequence }, rows: new Map() };
          batches.set(key, batch);
          const rows = batch.rows.get(tag.kind);
          if (rows === undefined) batch.rows.set(tag.kind, [[tag.number, sample]]);
          else rows.push([tag.number, sample]);
        }
      }
    }
    const admitted = [...batches.values()].map(({ name, rows }) => ({
      ...name,
      ingestTime: now,
      blocks: [...rows].map(([kind, list]) => blockOf(kind, list)),
      gaps: [],
    }));
    await target.restore({ batches: admitted, known: [markOf(unit.window, unit.place)] });
  }

  async #compare(
    units: readonly MoveUnit[],
    gaps: readonly StoredGap[],
    ranges: readonly WatermarkRange[],
  ): Promise<MovedHistory> {
    const { source, target } = this.#options;
    const digest = createHash('sha256');
    let samples = 0;
    for (const unit of units) {
      for (const tag of unit.tags) {
        const [ours, theirs] = [createHash('sha256'), createHash('sha256')];
        const counts = [await readInto(ours, source, tag, unit), await readInto(theirs, target, tag, unit)] as const;
        const sum = ours.digest('hex');
        if (counts[0] !== counts[1] || sum !== theirs.digest('hex')) {
          const range = `${new Date(unit.from).toISOString()} to ${new Date(unit.to).toISOString()}`;
          throw differs(`tag ${tag.number} has ${counts[0]} samples here and ${counts[1]} there from ${range}`);
        }
        samples += counts[0];
        digest.update(sum);
      }
    }
    const there = (await target.watermarks()).filter(({ gatewayId }) => gatewayId !== moverId);
    if (!isDeepStrictEqual(there, ranges)) throw differs('the watermarks are not the same');
    const sorted = (list: readonly StoredGap[]) => list.map((gap) => JSON.stringify(Object.entries(gap).sort())).sort();
    const theirGaps = await this.#gapsOf(target);
    if (!isDeepStrictEqual(sorted(theirGaps), sorted(gaps))) throw differs('the gap records are not the same');
    return { samples, gaps: gaps.length, ranges: ranges.length, digest: digest.digest('hex') };
  }

  async #gapsOf(store: HistoryStore): Promise<StoredGap[]> {
    const { gatewayIds } = this.#options;
    const found: StoredGap[] = [];
    let cursor: string | undefined;
    do {
      const asked = { gatewayIds, ...always, limit: pageRows, ...(cursor === undefined ? {} : { cursor }) };
      const page = await store.gaps(asked);
      found.push(...page.gaps);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }
}

type BatchKey = Pick<AdmittedBatch, 'gatewayId' | 'epoch' | 'sequence'>;

async function* pagesOf(store: HistoryStore, tag: HistoryTag, { from, to }: { from: number; to: number }) {
  let cursor: string | undefined;
  do {
    const next = cursor === undefined ? {} : { cursor };
    const { number, kind } = tag;
    const page = await store.samples({ tag: { number, kind }, from, to, limit: pageRows, ...next });
    yield page.samples;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function readInto(hash: Hash, store: HistoryStore, tag: HistoryTag, range: MoveUnit): Promise<number> {
  let count = 0;
  for await (const samples of pagesOf(store, tag, range)) {
    for (const { sourceTime, status, value, epoch, sequence } of samples) {
      const exact = Object.is(value, -0) ? '-0' : String(value);
      hash.update(`${sourceTime} ${status} ${epoch} ${sequence} ${typeof value} ${exact}\n`);
    }
    count += samples.length;
  }
  return count;
}

function blockOf(kind: ColumnKind, rows: readonly (readonly [number, StoredSample])[]): SampleBlock {
  return {
    kind,
    count: rows.length,
    tags: Uint32Array.from(rows, ([number]) => number),
    sourceTimes: Float64Array.from(rows, ([, { sourceTime }]) => sourceTime),
    statuses: Uint32Array.from(rows, ([, { status }]) => status),
    values: valuesOf(
      kind,
      rows.map(([, { value }]) => value),
    ),
  };
}

function valuesOf(kind: ColumnKind, values: readonly StoredSample['value'][]): SampleBlock['values'] {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(values, (value) => (value ?? 0n) as bigint);
    case 'unsigned64':
      return BigUint64Array.from(values, (value) => (value ?? 0n) as bigint);
    case 'text':
      return values.map((value) => (value ?? '') as string);
    case 'boolean':
      return Uint8Array.from(values, (value) => Number(value ?? 0));
    default:
      return Float64Array.from(values, (value) => Number(value ?? 0));
  }
}

/** The gaps of one arrival go with a sequence of their gateway that is stored; which, nobody asks. */
function gapBatches(gaps: readonly StoredGap[], ranges: readonly WatermarkRange[]): AdmittedBatch[] {
  const batches = new Map<string, { batch: BatchKey & { ingestTime: number }; gaps: StoredGap[] }>();
  const next = new Map<string, Generator<number>>();
  for (const gap of gaps) {
    const { gatewayId, epoch, ingestTime } = gap;
    const life = `${gatewayId}/${epoch}`;
    const key = `${life}/${ingestTime}`;
    let one = batches.get(key);
    if (one === undefined) {
      const numbers =
        next.get(life) ?? sequencesOf(ranges.filter((range) => `${range.gatewayId}/${range.epoch}` === life));
      next.set(life, numbers);
      const sequence = numbers.next().value as number | undefined;
      if (sequence === undefined) throw differs(`gateway ${gatewayId} has gap records and no batch that brought them`);
      one = { batch: { gatewayId, epoch, sequence, ingestTime }, gaps: [] };
      batches.set(key, one);
    }
    one.gaps.push(gap);
  }
  return [...batches.values()].map(({ batch, gaps: list }) => ({
    ...batch,
    blocks: [],
    gaps: list.map(({ gatewayId: _, epoch: __, ingestTime: ___, ...gap }) => gap),
  }));
}

function* sequencesOf(ranges: readonly WatermarkRange[]): Generator<number> {
  for (const { first, last } of ranges) for (let sequence = first; sequence <= last; sequence += 1) yield sequence;
}

function markOf(window: number, place: number): WatermarkRange {
  return { gatewayId: moverId, epoch: window, first: place, last: place };
}

export function used(what: string): Problem {
  return new Problem({
    code: 'migration-target-used',
    detail: `${what} of the target is not empty, and no migration has begun there`,
    advice: 'Move into an empty data folder, or an empty bucket and database.',
    reaction: 'stop',
  });
}

export function differs(detail: string): Problem {
  return new Problem({
    code: 'migration-differs',
    detail,
    advice: 'Do not use the target: empty it and begin again, with nothing else writing to either.',
    reaction: 'stop',
  });
}
