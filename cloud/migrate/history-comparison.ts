import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { QuarantineRecord, StoredGap, StoredSample } from '../history/history-store.ts';
import { differs } from './migration-problems.ts';
import { rangesOf } from './move-marks.ts';
import type { MovedTag, MoveUnit } from './move-units.ts';
import type { MovedStore } from './patient-history.ts';

const pageRows = 50_000;
const tagsPerQuestion = 500;
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
  const [ours, theirs] = [new TagDigests(source), new TagDigests(target)];
  for (const [place, unit] of units.entries()) {
    await Promise.all([ours.read(unit), theirs.read(unit)]);
    for (const { number } of unit.tags) {
      const [here, there] = [ours.of(number), theirs.of(number)];
      if (here.count !== there.count || sumSoFar(here) !== sumSoFar(there)) {
        throw differs(
          `tag ${number} has ${here.count} samples here and ${there.count} there before ${new Date(unit.to).toISOString()}, or not the same ones`,
        );
      }
    }
    progress(place + 1);
  }
  const { samples, digest } = ours.end();
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

/** All samples of a unit, those of one tag in their order. */
export async function* pagesOf(
  store: MovedStore,
  { tags, from, to }: MoveUnit,
): AsyncGenerator<{ tag: MovedTag; samples: readonly StoredSample[] }> {
  for (let at = 0; at < tags.length; at += tagsPerQuestion) {
    const queries = tags.slice(at, at + tagsPerQuestion).map((tag) => ({
      of: tag,
      tag: { number: tag.number, kind: tag.kind },
      // What was removed there is not asked for.
      from: Math.max(from, tag.since),
      to,
      limit: pageRows,
    }));
    const first = await store.firstPages(queries.map(({ of: _, ...query }) => query));
    for (const [place, { of: tag, ...query }] of queries.entries()) {
      for (let page = first[place]!; ; page = await store.samples({ ...query, cursor: page.cursor })) {
        yield { tag, samples: page.samples };
        if (page.cursor === undefined) break;
      }
    }
  }
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

interface TagDigest {
  readonly hash: Hash;
  count: number;
}

/** Of one store, tag by tag, so that it does not matter in which pieces they are read. */
class TagDigests {
  readonly #store: MovedStore;
  readonly #tags = new Map<number, TagDigest>();

  constructor(store: MovedStore) {
    this.#store = store;
  }

  of(tag: number): TagDigest {
    const found = this.#tags.get(tag) ?? { hash: createHash('sha256'), count: 0 };
    this.#tags.set(tag, found);
    return found;
  }

  /** Those of one tag come by time. */
  async read(unit: MoveUnit): Promise<void> {
    for await (const { tag, samples } of pagesOf(this.#store, unit)) {
      const digest = this.of(tag.number);
      digest.count += samples.length;
      digest.hash.update(samples.map(lineOf).join(''));
    }
  }

  end(): { samples: number; digest: Hash } {
    const digest = createHash('sha256');
    let samples = 0;
    for (const [tag, { hash, count }] of [...this.#tags].sort(([a], [b]) => a - b)) {
      digest.update(`${tag} ${count} ${hash.digest('hex')}\n`);
      samples += count;
    }
    return { samples, digest };
  }
}

function sumSoFar({ hash }: TagDigest): string {
  return hash.copy().digest('hex');
}

function lineOf({ sourceTime, status, value, epoch, sequence }: StoredSample): string {
  const exact = Object.is(value, -0) ? '-0' : String(value);
  return `${sourceTime} ${status} ${epoch} ${sequence} ${typeof value} ${exact}\n`;
}

function textOf(record: object): string {
  return JSON.stringify(Object.entries(record).sort());
}

function sumOf({ bytes, ...words }: QuarantineRecord): string {
  const hash: Hash = createHash('sha256').update(textOf(words)).update(bytes);
  return hash.digest('hex');
}
