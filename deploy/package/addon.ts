import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getRawAsset } from 'node:sea';

/**
 * Part of the single executable: loads one of its native parts. What lies beside the executable is taken first, as in the
 * `.deb`; otherwise the executable's own copy is laid down where only this user can write, under the hash of its content.
 * @throws Error that names every place tried
 */
export function loadAddon(name: string): unknown {
  const beside = join(dirname(process.execPath), `${name}.node`);
  if (existsSync(beside)) return open(beside);
  const bytes = Buffer.from(getRawAsset(`${name}.node`) as ArrayBuffer);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const faults: string[] = [];
  for (const folder of [
    join(homedir(), '.cache', 'gongfu-edge'),
    join(tmpdir(), `gongfu-edge-${process.getuid?.()}`),
  ]) {
    try {
      return open(layDown(folder, `${name}-${hash.slice(0, 24)}.node`, bytes));
    } catch (error) {
      faults.push(`${folder}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(
    `the native part ${name} cannot be loaded; put ${name}.node beside ${process.execPath}\n${faults.join('\n')}`,
  );
}

function open(file: string): unknown {
  const module = { exports: {} as unknown };
  process.dlopen(module, file);
  return module.exports;
}

function layDown(folder: string, name: string, bytes: Buffer): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  // Somebody else could put other code there.
  if (uid !== process.getuid?.() || (mode & 0o22) !== 0) throw new Error('others may write there');
  const file = join(folder, name);
  if (!existsSync(file) || !readFileSync(file).equals(bytes)) {
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, bytes, { mode: 0o500 });
    chmodSync(draft, 0o500);
    renameSync(draft, file);
  }
  accessSync(file, constants.R_OK);
  return file;
}
