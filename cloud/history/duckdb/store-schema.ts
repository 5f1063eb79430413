import type { DuckDBConnection } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import type { ColumnKind } from '@gongfu/shared/model/value-type';

export const schemaVersion = 1;

/** One table a kind: every value keeps its exact type, and a query never touches the columns of another. */
export const sampleTables: Readonly<Record<ColumnKind, string>> = {
  number: 'samples_number',
  integer64: 'samples_integer64',
  unsigned64: 'samples_unsigned64',
  boolean: 'samples_boolean',
  text: 'samples_text',
};

const valueTypes: Readonly<Record<ColumnKind, string>> = {
  number: 'DOUBLE',
  integer64: 'BIGINT',
  unsigned64: 'UBIGINT',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
};

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
];

/** Makes the tables of a new file, or checks that this program understands those of an old one. */
export async function prepareSchema(connection: DuckDBConnection, file: string): Promise<void> {
  const tables = await connection.runAndReadAll("SELECT 1 FROM duckdb_tables() WHERE table_name = 'schema_version'");
  if (tables.currentRowCount === 0) {
    await connection.run(`BEGIN; ${statements.join(';')}; COMMIT`);
    // Table definitions replayed from the log are DuckDB's weak spot: get them out of it before the first row.
    await connection.run('CHECKPOINT');
    return;
  }
  const reader = await connection.runAndReadAll('SELECT max(version) FROM schema_version');
  const found = Number(reader.getRows()[0]?.[0]);
  if (found === schemaVersion) return;
  throw new Problem({
    code: 'history-version',
    detail: `history file ${file} has schema version ${found}, this program understands ${schemaVersion}`,
    advice: 'Start the version of gongfu-cloud that wrote the file, or a newer one; the file was not changed.',
    reaction: 'stop',
  });
}
