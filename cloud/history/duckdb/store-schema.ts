import type { DuckDBConnection } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import type { ColumnKind } from '@gongfu/shared/model/value-type';

export const schemaVersion = 2;

/** Status codes from here on are bad. */
export const badFrom = 0x8000_0000;

/** One table a kind: every value keeps its exact type, and a query never touches the columns of another. */
export const sampleTables: Readonly<Record<ColumnKind, string>> = {
  number: 'samples_number',
  integer64: 'samples_integer64',
  unsigned64: 'samples_unsigned64',
  boolean: 'samples_boolean',
  text: 'samples_text',
};

/** Values as numbers where they are such; text has none. */
export const numericValue: Readonly<Record<ColumnKind, string>> = {
  number: 'value',
  integer64: 'value::DOUBLE',
  unsigned64: 'value::DOUBLE',
  boolean: 'value::INTEGER::DOUBLE',
  text: 'NULL::DOUBLE',
};

/** Widths in ms of what is rolled up, finest first; each is a multiple of the one before. */
export const rollupTables = [
  { table: 'rollups_minute', widthMs: 60_000 },
  { table: 'rollups_hour', widthMs: 3_600_000 },
] as const;

const valueTypes: Readonly<Record<ColumnKind, string>> = {
  number: 'DOUBLE',
  integer64: 'BIGINT',
  unsigned64: 'UBIGINT',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
};

/**
 * A row is part of what a tag holds in a slot of time (slot × width ≤ time): the samples of one fold. Several rows of one slot
 * are merged when read, so late data is one more row and nothing is ever rewritten. `first_row` and `last_row` break ties.
 */
const rollupStatements = [
  ...rollupTables.map(
    ({ table }) =>
      `CREATE TABLE ${table} (kind UTINYINT NOT NULL, tag UINTEGER NOT NULL, slot BIGINT NOT NULL, samples UINTEGER NOT NULL,
       bad UINTEGER NOT NULL, worst UINTEGER NOT NULL, low DOUBLE, low_time BIGINT, high DOUBLE, high_time BIGINT, mean DOUBLE,
       first DOUBLE, first_time BIGINT, first_row BIGINT, last DOUBLE, last_time BIGINT, last_row BIGINT)`,
  ),
  // Rows of a sample table below the greatest next_row are in the roll-ups.
  'CREATE TABLE rollup_progress (kind UTINYINT NOT NULL, next_row BIGINT NOT NULL)',
];

// No primary key anywhere: it costs four fifths of the write rate, and the watermark already keeps a batch from coming twice.
const statements = [
  'CREATE TABLE schema_version (version INTEGER NOT NULL)',
  `INSERT INTO schema_version VALUES (${schemaVersion})`,
  ...Object.entries(sampleTables).map(
    ([kind, table]) =>
      `CREATE TABLE ${table} (tag UINTEGER NOT NULL, time BIGINT NOT NULL, value ${valueTypes[kind as ColumnKind]},
       status UINTEGER NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL)`,
  ),
  'CREATE TABLE watermarks (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL)',
  `CREATE TABLE gaps (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, ingest_time BIGINT NOT NULL,
   from_sequence BIGINT NOT NULL, to_sequence BIGINT NOT NULL, from_time BIGINT NOT NULL, to_time BIGINT NOT NULL,
   samples BIGINT NOT NULL, reason VARCHAR NOT NULL, source VARCHAR NOT NULL)`,
  `CREATE TABLE quarantine (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,
   ingest_time BIGINT NOT NULL, code VARCHAR NOT NULL, detail VARCHAR NOT NULL, bytes BLOB NOT NULL)`,
  ...rollupStatements,
];

/** What brings a file of version n to n + 1, at place n. The roll-ups of what is there are made later, beside the work. */
const migrations: Readonly<Record<number, readonly string[]>> = { 1: rollupStatements };

/** Makes the tables of a new file, or checks that this program understands those of an old one. */
export async function prepareSchema(connection: DuckDBConnection, file: string): Promise<void> {
  const tables = await connection.runAndReadAll("SELECT 1 FROM duckdb_tables() WHERE table_name = 'schema_version'");
  if (tables.currentRowCount === 0) {
    return define(connection, statements);
  }
  const reader = await connection.runAndReadAll('SELECT max(version) FROM schema_version');
  const found = Number(reader.getRows()[0]?.[0]);
  if (found === schemaVersion) return;
  const migration = migrations[found];
  if (migration !== undefined) {
    await define(connection, [...migration, `INSERT INTO schema_version VALUES (${found + 1})`]);
    return prepareSchema(connection, file);
  }
  throw new Problem({
    code: 'history-version',
    detail: `history file ${file} has schema version ${found}, this program understands ${schemaVersion}`,
    advice: 'Start the version of gongfu-cloud that wrote the file, or a newer one; the file was not changed.',
    reaction: 'stop',
  });
}

/** Table definitions replayed from the log are DuckDB's weak spot: they leave it before anything else is written. */
async function define(connection: DuckDBConnection, definitions: readonly string[]): Promise<void> {
  await connection.run('CHECKPOINT');
  await connection.run(`BEGIN; ${definitions.join(';')}; COMMIT`);
  await connection.run('CHECKPOINT');
}
