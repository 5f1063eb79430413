import type { DuckDBConnection } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';

export const schemaVersion = 4;

/** Status codes from here on are bad. */
export const badFrom = 0x8000_0000;

/** Values as numbers where they are such; text has none. */
export const numericValue: Readonly<Record<ColumnKind, string>> = {
  number: 'value',
  integer64: 'value::DOUBLE',
  unsigned64: 'value::DOUBLE',
  boolean: 'value::INTEGER::DOUBLE',
  text: 'NULL::DOUBLE',
};

/** What is rolled up, finest first; each width in ms is a multiple of the one before. */
export const rollupLevels = [
  { name: 'minute', widthMs: 60_000 },
  { name: 'hour', widthMs: 3_600_000 },
  { name: 'day', widthMs: 86_400_000 },
] as const;
export type RollupLevel = (typeof rollupLevels)[number];

const valueTypes: Readonly<Record<ColumnKind, string>> = {
  number: 'DOUBLE',
  integer64: 'BIGINT',
  unsigned64: 'UBIGINT',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
};

/** One table a kind: every value keeps its exact type, and a query never touches the columns of another. */
export function sampleTable(kind: ColumnKind, generation?: number): string {
  return generation === undefined || generation === 0 ? `samples_${kind}` : `samples_${kind}_${generation}`;
}

/** Of a generation; hours and days of sealed segments are in `sealed_hour` and `sealed_day`. */
export function rollupTable(level: RollupLevel, generation: number): string {
  return `rollups_${level.name}_${generation}`;
}

export function sealedTable({ name }: RollupLevel): string {
  return `sealed_${name}`;
}

/**
 * A row is part of what a tag holds in a slot of time (slot × width ≤ time). Several rows of one slot are merged when read, so
 * late data is one more row and nothing is ever rewritten. Epoch, sequence and row tell which of equal times is first and last.
 */
export const rollupColumns = `kind UTINYINT NOT NULL, tag UINTEGER NOT NULL, slot BIGINT NOT NULL, samples UINTEGER NOT NULL,
  bad UINTEGER NOT NULL, worst UINTEGER NOT NULL, newest BIGINT NOT NULL, low DOUBLE, low_time BIGINT, high DOUBLE,
  high_time BIGINT, mean DOUBLE, first DOUBLE, first_time BIGINT, first_epoch BIGINT, first_sequence BIGINT, first_row BIGINT,
  last DOUBLE, last_time BIGINT, last_epoch BIGINT, last_sequence BIGINT, last_row BIGINT`;

export function sampleColumns(kind: ColumnKind): string {
  return `tag UINTEGER NOT NULL, time BIGINT NOT NULL, value ${valueTypes[kind]}, status UINTEGER NOT NULL,
    epoch BIGINT NOT NULL, sequence BIGINT NOT NULL`;
}

/**
 * Of a sealed segment. Numbers that are decimals, as nearly all are, lie there as wholes (`value` = `scaled` / `divisor`, the same of
 * a tag for the whole day, and only where that gives back each bit): they take a third of the space.
 */
export function sealedColumns(kind: ColumnKind): string {
  return kind === 'number' ? `${sampleColumns(kind)}, scaled BIGINT, divisor DOUBLE` : sampleColumns(kind);
}

/** What those columns are a sample's value by. */
export function sealedValue(kind: ColumnKind): string {
  return kind === 'number' ? 'coalesce(scaled / divisor, value)' : 'value';
}

// No primary key anywhere: it costs four fifths of the write rate, and the watermark already keeps a batch from coming twice.

function samplesOf(generation: number): string[] {
  return columnKinds.map((kind) => `CREATE TABLE ${sampleTable(kind, generation)} (${sampleColumns(kind)})`);
}

function rollupsOf(generation: number): string[] {
  return rollupLevels.map((level) => `CREATE TABLE ${rollupTable(level, generation)} (${rollupColumns})`);
}

/** Tables of a new generation. It is not one yet, and a start that died here begins again. */
export function tableStatements(generation: number): string[] {
  return [...samplesOf(generation), ...rollupsOf(generation)].map((one) => one.replace('TABLE', 'TABLE IF NOT EXISTS'));
}

export function dropStatements(generation: number): string[] {
  const samples = columnKinds.map((kind) => sampleTable(kind, generation));
  const rollups = rollupLevels.map((level) => rollupTable(level, generation));
  return [
    ...[...samples, ...rollups].map((table) => `DROP TABLE ${table}`),
    `DELETE FROM generations WHERE id = ${generation}`,
    `DELETE FROM rollup_progress WHERE generation = ${generation}`,
  ];
}

const ledgerOfSegments = `CREATE TABLE sealed_segments (id BIGINT NOT NULL, day BIGINT NOT NULL, rows BIGINT NOT NULL,
  kinds UTINYINT NOT NULL, samples VARCHAR NOT NULL, minutes VARCHAR NOT NULL)`;

/** What later versions have more than versions 1 and 2. The rows of an older file are the first generation as they lie there. */
const layoutStatements = [
  ...rollupsOf(0),
  'CREATE TABLE generations (id BIGINT NOT NULL, sealed_to BIGINT NOT NULL)',
  'INSERT INTO generations VALUES (0, 0)',
  // Rows of a sample table below the greatest next_row are in the roll-ups of their generation.
  'CREATE TABLE rollup_progress (generation BIGINT NOT NULL, kind UTINYINT NOT NULL, next_row BIGINT NOT NULL)',
  ledgerOfSegments,
  // What retention took: of the tag, all before the greatest day of the class.
  'CREATE TABLE horizons (class VARCHAR NOT NULL, tag UINTEGER NOT NULL, day BIGINT NOT NULL)',
  ...rollupLevels
    .slice(1)
    .map((level) => `CREATE TABLE ${sealedTable(level)} (segment BIGINT NOT NULL, ${rollupColumns})`),
];

const statements = [
  'CREATE TABLE schema_version (version INTEGER NOT NULL)',
  `INSERT INTO schema_version VALUES (${schemaVersion})`,
  ...samplesOf(0),
  'CREATE TABLE watermarks (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL)',
  `CREATE TABLE gaps (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, ingest_time BIGINT NOT NULL,
   from_sequence BIGINT NOT NULL, to_sequence BIGINT NOT NULL, from_time BIGINT NOT NULL, to_time BIGINT NOT NULL,
   samples BIGINT NOT NULL, reason VARCHAR NOT NULL, source VARCHAR NOT NULL)`,
  `CREATE TABLE quarantine (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,
   ingest_time BIGINT NOT NULL, code VARCHAR NOT NULL, detail VARCHAR NOT NULL, bytes BLOB NOT NULL)`,
  ...layoutStatements,
];

const removedIn3 = ['rollups_minute', 'rollups_hour', 'rollup_progress'].map((table) => `DROP TABLE ${table}`);

/** What brings a file of version n up to date, at place n, step by step. What is there is rolled up and sealed later, beside the work. */
const migrations: Readonly<Record<number, readonly { to: number; statements: readonly string[] }[]>> = {
  1: [{ to: 4, statements: layoutStatements }],
  // In two steps: a table of the same name comes back.
  2: [
    { to: 1, statements: removedIn3 },
    { to: 4, statements: layoutStatements },
  ],
  3: [
    {
      to: 4,
      statements: [
        ledgerOfSegments,
        `INSERT INTO sealed_segments SELECT id, day, rows, kinds, samples,
         CASE WHEN minutes THEN 'rollups_minute' ELSE 'none' END FROM segments`,
        'DROP TABLE segments',
      ],
    },
  ],
};

/** Makes the tables of a new file, or checks that this program understands those of an old one. */
export async function prepareSchema(connection: DuckDBConnection, file: string): Promise<void> {
  const tables = await connection.runAndReadAll("SELECT 1 FROM duckdb_tables() WHERE table_name = 'schema_version'");
  if (tables.currentRowCount === 0) return define(connection, statements);
  const reader = await connection.runAndReadAll('SELECT max(version) FROM schema_version');
  const found = Number(reader.getRows()[0]?.[0]);
  if (found === schemaVersion) return;
  const steps = migrations[found];
  if (steps === undefined) throw unknownVersion(file, found);
  for (const { to, statements } of steps) {
    await define(connection, [...statements, `UPDATE schema_version SET version = ${to}`]);
  }
}

/** Table definitions replayed from the log are DuckDB's weak spot: they leave it before anything else is written. */
async function define(connection: DuckDBConnection, definitions: readonly string[]): Promise<void> {
  await connection.run('CHECKPOINT');
  await connection.run(`BEGIN; ${definitions.join(';')}; COMMIT`);
  await connection.run('CHECKPOINT');
}

function unknownVersion(file: string, found: number): Problem {
  return new Problem({
    code: 'history-version',
    detail: `history file ${file} has schema version ${found}, this program understands ${schemaVersion}`,
    advice: 'Start the version of gongfu-cloud that wrote the file, or a newer one; the file was not changed.',
    reaction: 'stop',
  });
}
