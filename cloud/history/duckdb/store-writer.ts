import { BIGINT, type DuckDBConnection, LIST, listValue, UINTEGER, VARCHAR } from '@duckdb/node-api';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { columnKinds } from '@gongfu/shared/model/value-type';
import type { AdmittedBatch, QuarantineRecord, WatermarkRange } from '../history-store.ts';
import type { RestoredPiece } from '../movable-history.ts';
import type { RetentionClass } from '../retention.ts';
import { dayMs } from './layout.ts';
import { RowWriter } from './row-writer.ts';
import type { BatchName, StoreSettings } from './store-message.ts';
import { dropStatements, tableStatements } from './store-schema.ts';

type WriterSettings = Pick<StoreSettings, 'quarantineBytesMax' | 'ledgerRowsMax'>;

const mergedRanges = `
  SELECT gateway, epoch, min(first), max(last) FROM (
    SELECT *, sum(begins) OVER (PARTITION BY gateway, epoch ORDER BY first, last ROWS UNBOUNDED PRECEDING) AS island FROM (
      SELECT *, CASE WHEN first <= 1 + max(last) OVER (PARTITION BY gateway, epoch ORDER BY first, last
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins FROM watermarks))
  GROUP BY gateway, epoch, island ORDER BY gateway, epoch, min(first)`;

/**
 * The one connection that writes; calls run one after the other.
 * `fatal` must end the process: after a failed write only a fresh open tells what is stored.
 */
export class StoreWriter {
  readonly #connection: DuckDBConnection;
  readonly #settings: WriterSettings;
  readonly #fatal: (error: unknown) => void;
  #rowWriters: readonly RowWriter[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #ledgerRows = 0;
  #quarantineBytes = 0;

  constructor(options: { connection: DuckDBConnection; settings: WriterSettings; fatal: (error: unknown) => void }) {
    this.#connection = options.connection;
    this.#settings = options.settings;
    this.#fatal = options.fatal;
  }

  async open(generation: number): Promise<void> {
    // Nothing is written unless it must: on a full disk the history can still be read.
    const found = await this.#connection.runAndReadAll(
      'SELECT (SELECT count(*) FROM watermarks), (SELECT coalesce(sum(octet_length(bytes)), 0) FROM quarantine)',
    );
    [this.#ledgerRows, this.#quarantineBytes] = found.getRows()[0]!.map(Number) as [number, number];
    if (this.#ledgerRows > this.#settings.ledgerRowsMax) await this.#compactLedger();
    await this.#write(generation);
  }

  /** Makes the tables of a new generation. They leave the log before anything is written to them. */
  async prepare(generation: number): Promise<void> {
    await this.#inTurn(() => this.#transact(() => this.#runAll(tableStatements(generation))));
    await this.#leaveLog();
  }

  /** Begins a prepared generation: what is appended from now on goes into it. */
  roll(generation: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#transact(() => this.#runAll([`INSERT INTO generations VALUES (${generation}, 0)`]));
      for (const writer of this.#rowWriters) writer.close();
      await this.#write(generation);
    });
  }

  /** All of it is sealed, or gone by retention. */
  drop(generation: number): Promise<void> {
    return this.#inTurn(() => this.#transact(() => this.#runAll(dropStatements(generation))));
  }

  /** Of tables that came or went, once nobody reads what was before. Appends go on meanwhile. */
  async #leaveLog(): Promise<void> {
    while (!(await this.#inTurn(() => this.#checkpoint()))) await sleep(systemClock, 200);
  }

  /** False where somebody else is writing. */
  async #checkpoint(): Promise<boolean> {
    try {
      await this.#connection.run('CHECKPOINT');
      return true;
    } catch (error) {
      if (/other write transactions active/.test(messageOf(error))) return false;
      this.#fatal(error);
      throw error;
    }
  }

  async #runAll(statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.#connection.run(statement);
  }

  async #write(generation: number): Promise<void> {
    this.#rowWriters = await Promise.all(columnKinds.map((kind) => RowWriter.open(kind, generation, this.#connection)));
  }

  append(batches: readonly AdmittedBatch[]): Promise<void> {
    return this.restore({ batches, known: rangesOf(batches) });
  }

  restore({ batches, known, quarantine = [], expired = [] }: RestoredPiece): Promise<void> {
    const done = this.#inTurn(() =>
      this.#transact(async () => {
        for (const batch of batches) {
          for (const block of batch.blocks) this.#rowWriters[columnKinds.indexOf(block.kind)]!.write(batch, block);
          await this.#writeGaps(batch);
        }
        for (const writer of this.#rowWriters) writer.flush();
        for (const record of quarantine) await this.#writeQuarantine(record);
        for (const { what, tag, before } of expired) await this.#writeHorizon(what, tag, before / dayMs);
        for (const range of known) await this.#writeRange(range);
      }),
    );
    // A turn of its own: what is stored is stored, whether or not the tidying works.
    if (this.#ledgerRows > this.#settings.ledgerRowsMax) this.#inTurn(() => this.#compactLedger()).catch(this.#fatal);
    return done;
  }

  quarantine(record: QuarantineRecord): Promise<void> {
    return this.#inTurn(async () => {
      const full = this.#quarantineBytes + record.bytes.length > this.#settings.quarantineBytesMax;
      const detail = full
        ? `${record.detail} (${record.bytes.length} bytes not kept: quarantine is full)`
        : record.detail;
      const bytes = full ? new Uint8Array(0) : record.bytes;
      await this.#transact(() => this.#writeQuarantine({ ...record, detail, bytes }));
    });
  }

  async #writeQuarantine(record: QuarantineRecord): Promise<void> {
    const { gatewayId, epoch, sequence, ingestTime, code, detail, bytes } = record;
    const insert = await this.#connection.prepare('INSERT INTO quarantine VALUES ($1, $2, $3, $4, $5, $6, $7)');
    try {
      insert.bindVarchar(1, gatewayId);
      insert.bindBigInt(2, BigInt(epoch));
      insert.bindBigInt(3, BigInt(sequence));
      insert.bindBigInt(4, BigInt(ingestTime));
      insert.bindVarchar(5, code);
      insert.bindVarchar(6, detail);
      insert.bindBlob(7, bytes);
      await insert.run();
    } finally {
      insert.destroySync();
    }
    this.#quarantineBytes += bytes.length;
  }

  async #writeHorizon(what: RetentionClass, tag: number, day: number): Promise<void> {
    await this.#connection.run(
      'INSERT INTO horizons VALUES ($1, $2, $3)',
      [what, tag, BigInt(day)],
      [VARCHAR, UINTEGER, BIGINT],
    );
  }

  watermarks(): Promise<WatermarkRange[]> {
    return this.#inTurn(async () => {
      const reader = await this.#connection.runAndReadAll(mergedRanges);
      return reader.getRows().map(([gatewayId, epoch, first, last]) => ({
        gatewayId: String(gatewayId),
        epoch: Number(epoch),
        first: Number(first),
        last: Number(last),
      }));
    });
  }

  holds(batch: BatchName): Promise<boolean> {
    return this.#inTurn(async () => {
      const reader = await this.#connection.runAndReadAll(
        'SELECT 1 FROM watermarks WHERE gateway = $1 AND epoch = $2 AND first <= $3 AND last >= $3 LIMIT 1',
        [batch.gatewayId, BigInt(batch.epoch), BigInt(batch.sequence)],
        [VARCHAR, BIGINT, BIGINT],
      );
      return reader.currentRowCount > 0;
    });
  }

  /** Moves the log into the file, so that the next start need not replay it. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const writer of this.#rowWriters) writer.close();
      await this.#connection.run('CHECKPOINT');
      this.#connection.closeSync();
    });
  }

  /** All or nothing. Whatever goes wrong ends the process: an appender that met an error may still flush, and a failed commit may have taken place. */
  async #transact(write: () => Promise<void>): Promise<void> {
    try {
      await this.#connection.run('BEGIN');
      await write();
      await this.#connection.run('COMMIT');
    } catch (error) {
      this.#fatal(error);
      throw error;
    }
  }

  /** One statement however many there are: a foreign agent may send tens of thousands, and all others would wait. */
  async #writeGaps({ gatewayId, epoch, ingestTime, gaps }: AdmittedBatch): Promise<void> {
    if (gaps.length === 0) return;
    const wholes = (key: 'fromSequence' | 'toSequence' | 'fromTime' | 'toTime' | 'samples') =>
      listValue(gaps.map((gap) => BigInt(gap[key])));
    const texts = (key: 'reason' | 'source') => listValue(gaps.map((gap) => gap[key]));
    const columns = (['fromSequence', 'toSequence', 'fromTime', 'toTime', 'samples'] as const).map(wholes);
    await this.#connection.run(
      `INSERT INTO gaps SELECT $1, $2, $3, unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), unnest($10)`,
      [gatewayId, BigInt(epoch), BigInt(ingestTime), ...columns, texts('reason'), texts('source')],
      [VARCHAR, BIGINT, BIGINT, ...columns.map(() => LIST(BIGINT)), LIST(VARCHAR), LIST(VARCHAR)],
    );
  }

  async #writeRange(range: WatermarkRange): Promise<void> {
    await this.#connection.run(
      'INSERT INTO watermarks VALUES ($1, $2, $3, $4)',
      [range.gatewayId, BigInt(range.epoch), BigInt(range.first), BigInt(range.last)],
      [VARCHAR, BIGINT, BIGINT, BIGINT],
    );
    this.#ledgerRows += 1;
  }

  async #compactLedger(): Promise<void> {
    await this.#transact(async () => {
      await this.#connection.run(`CREATE OR REPLACE TEMP TABLE merged AS ${mergedRanges}`);
      await this.#connection.run('DELETE FROM watermarks');
      await this.#connection.run('INSERT INTO watermarks SELECT * FROM merged');
    });
    await this.#connection.run('DROP TABLE merged');
    // Roll-ups may be written just now: then the log is shortened by itself later.
    await this.#checkpoint();
    this.#ledgerRows = 0;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Neighbouring sequences of one group commit as one range each: fewer ledger rows. */
function rangesOf(batches: readonly AdmittedBatch[]): readonly WatermarkRange[] {
  const sorted = batches
    .map(({ gatewayId, epoch, sequence }) => ({ gatewayId, epoch, first: sequence, last: sequence }))
    .sort((a, b) =>
      a.gatewayId < b.gatewayId ? -1 : a.gatewayId > b.gatewayId ? 1 : a.epoch - b.epoch || a.first - b.first,
    );
  const ranges: { gatewayId: string; epoch: number; first: number; last: number }[] = [];
  for (const next of sorted) {
    const range = ranges.at(-1);
    if (range?.gatewayId === next.gatewayId && range.epoch === next.epoch && range.last + 1 === next.first) {
      range.last = next.last;
    } else {
      ranges.push(next);
    }
  }
  return ranges;
}
