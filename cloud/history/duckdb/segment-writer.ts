import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { hasKind, kindBit, type Segment, segmentName } from './layout.ts';
import { fromSamples, rollupRows } from './rollup-sql.ts';
import { rowsOf, type SampleSource } from './sample-source.ts';
import { minuteColumns, minuteTable, packedMinutes } from './sealed-minutes.ts';
import { quoted } from './segment-shelf.ts';
import type { SealingPace } from './store-message.ts';
import { rollupLevels, sampleTable, sealedColumns, sealedValue } from './store-schema.ts';

/** Not a segment yet: removed at the next start. */
export const unfinished = '.unfinished';
const fresh = 'fresh';
/** A file of few rows has small blocks, or a handful that is late would take a megabyte. DuckDB packs little in them, so no more. */
const small = { rows: 20_000, blockBytes: 16_384 };
/** A quarter of what DuckDB takes by itself: a twelfth less of a day is what fills no block. In still smaller ones it packs nothing. */
const blockBytes = 65_536;
const minutes = rollupLevels[0];

interface Piece {
  readonly firstTag: number;
  readonly lastTag: number;
  readonly rows: number;
}

/**
 * Writes sorted samples and their minutes into a file of their own, tag by tag in pieces that memory holds. The file has its
 * name once it is complete and on the disk; whether it is a segment the ledger in the history file says.
 */
export class SegmentWriter {
  readonly #connection: DuckDBConnection;
  readonly #clock: Clock;
  readonly #pace: Pick<SealingPace, 'rowsPerPiece' | 'restShare'>;
  readonly #between: () => Promise<boolean>;

  constructor(options: {
    connection: DuckDBConnection;
    clock: Clock;
    pace: Pick<SealingPace, 'rowsPerPiece' | 'restShare'>;
    /** Done between two pieces; false ends the work. */
    between: () => Promise<boolean>;
  }) {
    this.#connection = options.connection;
    this.#clock = options.clock;
    this.#pace = options.pace;
    this.#between = options.between;
  }

  /** What the file holds; undefined when it was told not to go on, and then there is no file. */
  async write(
    file: string,
    sources: (kind: ColumnKind) => readonly SampleSource[],
    condition: string,
    rowsExpected: number,
  ): Promise<Pick<Segment, 'rows' | 'kinds'> | undefined> {
    return this.#make(file, rowsExpected, () => this.#fill(sources, condition));
  }

  /** A segment again without the samples and the minutes of some tags. */
  async copy(
    file: string,
    segment: Segment,
    without: { readonly samples: readonly number[]; readonly minutes: readonly number[] },
  ): Promise<Pick<Segment, 'rows' | 'kinds'>> {
    const from = segmentName(segment);
    const others = (tags: readonly number[]) => (tags.length === 0 ? 'true' : `tag NOT IN (${tags.join(', ')})`);
    const made = await this.#make(file, segment.rows, async () => {
      let rows = 0;
      let kinds = 0;
      if (segment.minutes !== 'none') {
        await this.#connection.run(
          `CREATE TABLE ${fresh}.${segment.minutes} AS FROM ${from}.${segment.minutes} WHERE ${others(without.minutes)}`,
        );
      }
      for (const kind of columnKinds.filter((one) => hasKind(segment, one))) {
        const table = `${fresh}.${sampleTable(kind)}`;
        await this.#connection.run(`CREATE TABLE ${table} (${sealedColumns(kind)})`);
        const { rowsChanged } = await this.#connection.run(
          `INSERT INTO ${table} FROM ${from}.${sampleTable(kind)} WHERE ${others(without.samples)}`,
        );
        rows += rowsChanged;
        if (rowsChanged > 0) kinds |= kindBit(kind);
      }
      return { rows, kinds };
    });
    return made!;
  }

  async #make(
    file: string,
    rowsExpected: number,
    fill: () => Promise<Pick<Segment, 'rows' | 'kinds'> | undefined>,
  ): Promise<Pick<Segment, 'rows' | 'kinds'> | undefined> {
    await discard(file);
    const size = rowsExpected < small.rows ? small.blockBytes : blockBytes;
    await this.#connection.run(`ATTACH ${quoted(file + unfinished)} AS ${fresh} (BLOCK_SIZE ${size})`);
    let made: Pick<Segment, 'rows' | 'kinds'> | undefined;
    try {
      const filled = await fill();
      if (filled !== undefined) await this.#connection.run(`CHECKPOINT ${fresh}`);
      made = filled;
    } finally {
      // Also of one that failed nothing is left: the next try has another name, and a full disk would stay full.
      const clear = () => (made === undefined ? discard(file) : undefined);
      await this.#connection.run(`DETACH ${fresh}`).finally(clear);
    }
    if (made !== undefined) await finish(file);
    return made;
  }

  async #fill(sources: (kind: ColumnKind) => readonly SampleSource[], condition: string) {
    let rows = 0;
    let kinds = 0;
    await this.#connection.run(`CREATE TABLE ${fresh}.${minuteTable} (${minuteColumns})`);
    for (const kind of columnKinds) {
      const pieces = await this.#pieces(rowsOf(sources(kind), condition));
      if (pieces.length === 0) continue;
      kinds |= kindBit(kind);
      await this.#connection.run(`CREATE TABLE ${fresh}.${sampleTable(kind)} (${sealedColumns(kind)})`);
      for (const piece of pieces) {
        if (!(await this.#between())) return undefined;
        const begun = this.#clock.monotonicMs();
        rows += await this.#writePiece(kind, sources(kind), condition, piece);
        await sleep(this.#clock, (this.#clock.monotonicMs() - begun) * this.#pace.restShare);
      }
    }
    return { rows, kinds };
  }

  async #pieces(rows: string): Promise<Piece[]> {
    const counted = await this.#connection.runAndReadAll(
      `SELECT tag, count(*)::DOUBLE FROM ${rows} GROUP BY tag ORDER BY tag`,
    );
    const pieces: Piece[] = [];
    for (const [tag, count] of counted.getRows() as [number, number][]) {
      const last = pieces.at(-1);
      if (last !== undefined && last.rows + count <= this.#pace.rowsPerPiece) {
        pieces[pieces.length - 1] = { firstTag: last.firstTag, lastTag: tag, rows: last.rows + count };
      } else {
        pieces.push({ firstTag: tag, lastTag: tag, rows: count });
      }
    }
    return pieces;
  }

  async #writePiece(
    kind: ColumnKind,
    sources: readonly SampleSource[],
    condition: string,
    { firstTag, lastTag, rows }: Piece,
  ): Promise<number> {
    const table = `${fresh}.${sampleTable(kind)}`;
    const ofTags = `tag >= ${firstTag} AND tag <= ${lastTag}`;
    const { rowsChanged } = await this.#connection.run(
      sortedRows(kind, table, rowsOf(sources, `${condition} AND ${ofTags}`)),
    );
    // Rows never leave what is sealed, so another count is a fault of this program, and nothing may be forgotten for it.
    if (rowsChanged !== rows)
      throw new Error(`sealing wrote ${rowsChanged} of ${rows} samples of tags ${firstTag} to ${lastTag}`);
    const source = { table, where: 'true', value: sealedValue(kind), isSorted: true };
    const slots = fromSamples(kind, `time // ${minutes.widthMs}`, source, ofTags);
    const divisors =
      kind === 'number'
        ? `SELECT tag, any_value(divisor) FROM ${table} WHERE ${ofTags} GROUP BY tag`
        : `SELECT tag, 1 FROM ${table} WHERE ${ofTags} GROUP BY tag`;
    await this.#connection.run(
      `INSERT INTO ${fresh}.${minuteTable} ${packedMinutes(kind, rollupRows(slots), divisors)}`,
    );
    return rows;
  }
}

const divisors = [1, 10, 100, 1_000, 10_000];

/** Sorted into the table. A number of which dividing a whole gives back every bit is kept as that whole, if all of its tag are such. */
function sortedRows(kind: ColumnKind, table: string, rows: string): string {
  const order = 'ORDER BY tag, time, epoch, sequence, place';
  if (kind !== 'number')
    return `INSERT INTO ${table} SELECT tag, time, value, status, epoch, sequence FROM ${rows} ${order}`;
  const isWhole = (divisor: number) =>
    `bool_and(abs(value) < ${1e15 / divisor} AND round(value * ${divisor}) / ${divisor} = value AND NOT (value = 0 AND signbit(value)))`;
  const choice = divisors.map((divisor) => `WHEN ${isWhole(divisor)} THEN ${divisor}`).join(' ');
  return `INSERT INTO ${table} WITH rows AS (FROM ${rows}),
      scales AS (SELECT tag, (CASE ${choice} END)::DOUBLE AS divisor FROM rows GROUP BY tag)
    SELECT tag, time, CASE WHEN divisor IS NULL THEN value END, status, epoch, sequence, round(value * divisor)::BIGINT, divisor
    FROM rows JOIN scales USING (tag) ${order}`;
}

/** Nothing is left of a file of that name: one that was begun, or one no ledger ever named. */
async function discard(file: string): Promise<void> {
  for (const name of [file, file + unfinished, `${file}${unfinished}.wal`]) await rm(name, { force: true });
}

/** Under its name and on the disk, so that the ledger may speak of it. */
async function finish(file: string): Promise<void> {
  await sync(file + unfinished);
  await rename(file + unfinished, file);
  await sync(dirname(file));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
