import { createHash } from 'node:crypto';
import type { Records } from '../records/records.ts';
import { differs, unfinished, used } from './migration-problems.ts';
import type { Patience } from './patience.ts';

/** The models by their names, as if all were of one kind: nothing here looks into a record. */
type AnyRecord = { readonly _id: string };
type ModelName = Exclude<keyof Records, 'ready' | 'close' | 'backUp'>;

const pageRecords = 1_000;
/** Code of a document whose place in a unique index is taken. */
const duplicateKey = 11000;
/** In the target's counters: how far the move is. */
const moverId = 'migration';
const stages = { begun: 1, finished: 2, copied: 3 } as const;

export interface MovedRecords {
  readonly model: string;
  readonly count: number;
  /** SHA-256 of all of them, as both stores have them. */
  readonly digest: string;
}

/**
 * Copies every record into an empty store; one that a move before this has brought stays. What was copied whole is compared
 * only: a service that has worked there since must not find its records put back.
 */
export async function moveRecords(source: Records, target: Records, patience: Patience): Promise<MovedRecords[]> {
  await patience.through(() => refuseUnfinishedRecords(source));
  const isCopied = await patience.through(() => begin(target));
  const names = modelNames(source);
  for (const name of isCopied ? [] : names) {
    for await (const page of pagesOf(source, name, patience)) {
      await patience.through(() => insertMissing(target, name, page));
    }
  }
  const moved: MovedRecords[] = [];
  for (const model of names) {
    const [ours, theirs] = [await digestOf(source, model, patience), await digestOf(target, model, patience)];
    if (ours.count !== theirs.count || ours.digest !== theirs.digest) {
      throw differs(`${model}: ${ours.count} records here and ${theirs.count} there, or not the same ones`);
    }
    moved.push({ model, ...ours });
  }
  if (!isCopied) {
    await patience.through(() => target.counters.updateOne({ _id: moverId }, { $set: { next: stages.copied } }));
  }
  return moved;
}

/** All that was to be moved is compared: the target may be used. */
export async function finishRecords(target: Records): Promise<void> {
  await target.counters.updateOne({ _id: moverId }, { $set: { next: stages.finished } });
}

/** @throws Problem `migration-unfinished` */
export async function refuseUnfinishedRecords(records: Records): Promise<void> {
  const stage = await stageOf(records);
  if (stage !== undefined && stage !== stages.finished) throw unfinished('these records');
}

export async function isFinishedRecords(records: Records): Promise<boolean> {
  return (await stageOf(records)) === stages.finished;
}

async function stageOf(records: Records): Promise<number | undefined> {
  return (await records.counters.findById(moverId).lean<{ next: number } | null>())?.next;
}

/** Whether it was copied before. */
async function begin(target: Records): Promise<boolean> {
  const stage = await stageOf(target);
  if (stage !== undefined) return stage !== stages.begun;
  if ((await target.tenants.exists({})) !== null) {
    throw used('the target holds records, and no migration has begun there');
  }
  await target.counters.create({ _id: moverId, next: stages.begun });
  return false;
}

async function insertMissing(
  target: Records,
  name: ModelName,
  page: readonly AnyRecord[],
  isAgain = false,
): Promise<void> {
  const model = modelOf(target, name);
  const there = await model
    .find({ _id: { $in: page.map(({ _id }) => _id) } })
    .sort({ _id: 1 })
    .limit(page.length)
    .lean();
  const known = new Set(there.map(({ _id }) => _id));
  const missing = page.filter(({ _id }) => !known.has(_id));
  if (missing.length === 0) return;
  try {
    await model.bulkWrite(missing.map((document) => ({ insertOne: { document } })));
  } catch (error) {
    // A write whose answer was lost may have come through only after we had looked.
    if (isAgain || (error as { code?: unknown }).code !== duplicateKey) throw error;
    await insertMissing(target, name, page, true);
  }
}

function modelNames(records: Records): ModelName[] {
  return (Object.keys(records) as (keyof Records)[])
    .filter((name): name is ModelName => name !== 'ready' && name !== 'close' && name !== 'backUp')
    .sort();
}

function modelOf(records: Records, name: ModelName) {
  return records[name] as unknown as Records['tenants'] as unknown as {
    find(filter: object): {
      sort(order: object): { limit(count: number): { lean(): PromiseLike<AnyRecord[]> } };
    };
    bulkWrite(writes: readonly object[]): Promise<unknown>;
  };
}

async function* pagesOf(records: Records, name: ModelName, patience: Patience): AsyncGenerator<AnyRecord[]> {
  let last: string | undefined;
  for (;;) {
    const filter = last === undefined ? {} : { _id: { $gt: last } };
    const page = await patience.through(async () =>
      modelOf(records, name).find(filter).sort({ _id: 1 }).limit(pageRecords).lean(),
    );
    const own = page.filter(({ _id }) => name !== 'counters' || _id !== moverId);
    if (own.length > 0) yield own;
    if (page.length < pageRecords) return;
    last = page.at(-1)!._id;
  }
}

async function digestOf(
  records: Records,
  name: ModelName,
  patience: Patience,
): Promise<{ count: number; digest: string }> {
  const sums: string[] = [];
  for await (const page of pagesOf(records, name, patience)) {
    for (const record of page) sums.push(createHash('sha256').update(canonical(record)).digest('hex'));
  }
  // Stores may sort differently.
  return { count: sums.length, digest: createHash('sha256').update(sums.sort().join('')).digest('hex') };
}

/** Keys in one order, whatever order a store gives them in. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'bigint'
      ? `${one}n`
      : one !== null && typeof one === 'object' && Object.getPrototypeOf(one) === Object.prototype
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
        : one,
  );
}
