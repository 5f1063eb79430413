import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { columnKinds } from '@gongfu/shared/model/value-type';
import { quoted } from './segment-shelf.ts';
import { badFrom, sampleTable, sealedValue } from './store-schema.ts';

const values = {
  number: 'value_number',
  integer64: 'value_integer',
  unsigned64: 'value_integer',
  boolean: 'value_boolean',
  text: 'value_text',
} as const;
const types = {
  value_number: 'DOUBLE',
  value_integer: 'DECIMAL(20, 0)',
  value_boolean: 'BOOLEAN',
  value_text: 'VARCHAR',
};

/**
 * Writes every sample of a sealed day (UTC, `2026-11-25`) into one Parquet file, by tag and time. Reads the files of the day and
 * nothing else, so the service may be running. Returns how many. @throws Problem
 */
export async function exportDay(options: { folder: string; day: string; file: string }): Promise<number> {
  const { folder, day, file } = options;
  const found = (await filesOf(folder)).filter((name) => /^\d{4}-\d\d-\d\d$/.test(day) && name.startsWith(`${day}.`));
  if (found.length === 0) throw notSealed(folder, day);
  // Whoever looks at the file sees all of it or none.
  const scratch = await mkdtemp(join(dirname(file), '.export-day-'));
  const written = join(scratch, 'day.parquet');
  try {
    const rows = await write(
      found.map((name) => join(folder, 'days', name)),
      written,
    );
    await rename(written, file);
    return rows;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function write(segments: readonly string[], file: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '1GB',
    threads: '2',
    temp_directory: dirname(file),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    for (const [place, segment] of segments.entries()) {
      await connection.run(`ATTACH ${quoted(segment)} AS day_${place} (READ_ONLY)`);
    }
    const sorted = segments.length === 1 ? '' : 'ORDER BY tag, time, epoch, sequence';
    const parts = await partsOf(connection);
    // One file is sorted within each kind already, and a tag is of one kind.
    const { rowsChanged } = await connection.run(
      `COPY (SELECT * EXCLUDE (epoch, sequence) FROM (${parts.join(' UNION ALL ')}) ${sorted})
       TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return rowsChanged;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function partsOf(connection: DuckDBConnection): Promise<string[]> {
  const found = await connection.runAndReadAll(
    'SELECT database_name, table_name FROM duckdb_tables() ORDER BY database_name',
  );
  return found.getRows().flatMap(([name, table]) =>
    columnKinds
      .filter((kind) => sampleTable(kind) === table)
      .map((kind) => {
        const columns = Object.entries(types).map(([column, type]) =>
          column === values[kind] ? `${sealedValue(kind)}::${type} AS ${column}` : `NULL::${type} AS ${column}`,
        );
        return `SELECT tag, to_timestamp(0) + to_milliseconds(time) AS time, '${kind}' AS kind, ${columns.join(', ')},
          CASE WHEN status >= ${badFrom} THEN 'bad' WHEN status >= ${badFrom / 2} THEN 'uncertain' ELSE 'good' END AS quality,
          status, epoch, sequence FROM ${name}.${table}`;
      }),
  );
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(join(folder, 'days'))).filter((name) => name.endsWith('.duckdb')).sort();
  } catch (error) {
    throw new Problem({
      code: 'history-unreadable',
      detail: `the days of the history in ${folder} cannot be read: ${messageOf(error)}`,
      advice: 'Check data.path (DATA_DIR) and whether this user may read there.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function notSealed(folder: string, day: string): Problem {
  return new Problem({
    code: 'day-not-sealed',
    detail: `${folder} has no sealed day ${day}`,
    advice:
      'Name a day that is over, as 2026-11-25 (UTC): it is sealed half an hour after its end while the service runs.',
    reaction: 'stop',
  });
}
