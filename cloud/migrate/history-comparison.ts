import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { QuarantineRecord, StoredGap } from '../history/history-store.ts';
import { differs } from './migration-problems.ts';
import { rangesOf } from './move-marks.ts';
import type { MovedTag, MoveUnit } from './move-units.ts';
import type { MovedStore } from './patient-history.ts';

const pageRows = 50_000;
const quarantinePage = 50;
const always = { from: -8.64e15, to: 8.64e15 };

export interface MovedHistory {
  readonly samples: number;
  readonly gaps: number;
  readonly ranges: number;
  readonly quarantined: number;
  /** SHA-256 of all of it, as both stores have it. */
  readonly digest: string;
}

/** Reads all of both and compares it. @throws Problem `migration-differs` with the first difference */
export async function compareHistories(
  { source, target, gatewayIds }: { source: MovedStore; target: MovedStore; gatewayIds: readonly string[] },
  units: readonly MoveUnit[],
  progress: (units: number) => void,
): Promise<MovedHistory> {
  const digest = createHash('sha256');
  let samples = 0;
  for (const [place, unit] of units.entries()) {
    for (const tag of unit.tags) {
      const [ours, theirs] = await Promise.all([source, target].map((store) => digestOf(store, tag, unit)));
      if (ours!.count !== theirs!.count || ours!.sum !== theirs!.sum) {
        const range = `${new Date(unit.from).toISOString()} to ${new Date(unit.to).toISOString()}`;
        throw differs(`tag ${tag.number} has ${ours!.count} samples here and ${theirs!.count} there from ${range}`);
      }
      samples += ours!.count;
      digest.update(ours!.sum);
    }
    progress(place + 1);
  }
  const both = async (what: string, read: (store: MovedStore) => Promise<readonly string[]>): Promise<number> => {
    const [ours, theirs] = [await read(source), await read(target)];
    if (!isDeepStrictEqual(ours, theirs)) throw differs(`the ${what} are not the same`);
    for (const line of ours) digest.update(line);
    return ours.length;
  };
  const ranges = await both('watermarks', async (store) => (await rangesOf(store)).map(textOf));
  const gaps = await both('gap records', async (store) => (await gapsOf(store, gatewayIds)).map(textOf).sort());
  const quarantined = await both('quarantine records', async (store) => {
    const sums: string[] = [];
    for await (const { records } of quarantineOf(store)) sums.push(...records.map(sumOf));
    return sums.sort();
  });
  return { samples, gaps, ranges, quarantined, digest: digest.digest('hex') };
}

export async function* pagesOf(store: MovedStore, { number, kind, since }: MovedTag, range: MoveUnit) {
  // What was removed there is not asked for.
  const [from, to] = [Math.max(range.from, since), range.to];
  let cursor: string | undefined;
  do {
    const next = cursor === undefined ? {} : { cursor };
    const page = await store.samples({ tag: { number, kind }, from, to, limit: pageRows, ...next });
    yield page.samples;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

export async function gapsOf(store: MovedStore, gatewayIds: readonly string[]): Promise<StoredGap[]> {
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

export async function* quarantineOf(store: MovedStore) {
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    const found = await store.quarantined({ limit: quarantinePage, ...(cursor === undefined ? {} : { cursor }) });
    cursor = found.cursor;
    if (found.records.length > 0) yield { page, records: found.records };
  }
}

async function digestOf(store: MovedStore, tag: MovedTag, range: MoveUnit): Promise<{ count: number; sum: string }> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const samples of pagesOf(store, tag, range)) {
    for (const { sourceTime, status, value, epoch, sequence } of samples) {
      const exact = Object.is(value, -0) ? '-0' : String(value);
      hash.update(`${sourceTime} ${status} ${epoch} ${sequence} ${typeof value} ${exact}\n`);
    }
    count += samples.length;
  }
  return { count, sum: hash.digest('hex') };
}

function textOf(record: object): string {
  return JSON.stringify(Object.entries(record).sort());
}

function sumOf({ bytes, ...words }: QuarantineRecord): string {
  const hash: Hash = createHash('sha256').update(textOf(words)).update(bytes);
  return hash.digest('hex');
}
