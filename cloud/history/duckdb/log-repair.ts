import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * DuckDB's commit record in its write-ahead log: length, checksum, content; the same bytes each time.
 * Belongs to the pinned version of DuckDB; a test compares it with a log DuckDB writes.
 */
const commitRecord = Buffer.from('0500000000000000e7fe7d722fed3d5e640064ffff', 'hex');
const recordHeaderBytes = 16;

/**
 * A power cut can leave a log whose end was announced to the file system but never written: zeros, or half a record and
 * zeros. DuckDB then refuses the file. Nothing behind the damage was ever acknowledged when no commit record follows it,
 * so exactly then the log is cut there and the damaged one kept beside it.
 *
 * `message` is what DuckDB said; it names the place. Returns the name of the kept log, undefined when nothing was changed.
 */
export async function cutUnwrittenTail(file: string, message: string): Promise<string | undefined> {
  const place = /Corrupt WAL file: entry at byte position (\d+)/.exec(message)?.[1];
  if (place === undefined) return undefined;
  const log = `${file}.wal`;
  const bytes = await readFile(log);
  const end = Number(place) - recordHeaderBytes;
  if (end < 0 || end >= bytes.length || bytes.indexOf(commitRecord, end) >= 0) return undefined;
  const kept = `${log}.damaged-at-${end}-of-${bytes.length}`;
  const repaired = `${log}.repaired`;
  await writeDurably(repaired, bytes.subarray(0, end));
  await rename(log, kept);
  await rename(repaired, log);
  await syncFolder(dirname(file));
  return kept;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
