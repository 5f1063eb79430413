import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolderOf, writeDurably } from '@gongfu/shared/base/durable-file';

/**
 * Says what is wrong with a store file before lmdb maps it: reading a mapped file beyond its end would end the process.
 * Undefined when it may be opened. Never changes the file.
 */
export function faultOf(file: string): string | undefined {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const page = Buffer.alloc(4096);
    if (readSync(handle, page, 0, page.length, 0) < page.length)
      return `it ends after ${size} bytes, inside the first page`;
    const pageBytes = page.readUInt32LE(48);
    if (page.readUInt32LE(24) !== 0xbeefc0de || pageBytes < 512 || pageBytes > 65536)
      return 'its first page is not that of a store';
    const second = Buffer.alloc(160);
    if (readSync(handle, second, 0, second.length, pageBytes) < second.length)
      return `it ends after ${size} bytes, inside the second page`;
    if (second.readUInt32LE(24) !== 0xbeefc0de) return 'its second page is not that of a store';
    const newest = second.readBigUInt64LE(152) > page.readBigUInt64LE(152) ? second : page;
    const pages = BigInt(Math.floor(size / pageBytes));
    const none = 0xffff_ffff_ffff_ffffn;
    for (const root of [newest.readBigUInt64LE(88), newest.readBigUInt64LE(136)]) {
      if (root !== none && root >= pages) return `it ends after ${size} bytes, before page ${root} it needs`;
    }
    return undefined;
  } finally {
    closeSync(handle);
  }
}

/** Renames a store nobody can read; returns the new name. It is kept for a person to look at, never deleted. */
export function setAside(file: string, now: number): string {
  const aside = `${file}.damaged-${now}`;
  renameSync(file, aside);
  if (existsSync(`${file}-lock`)) renameSync(`${file}-lock`, `${aside}-lock`);
  syncFolderOf(file);
  return aside;
}

/** Highest epoch begun in this folder; 0 when none is known. */
export function readEpoch(folder: string): number {
  try {
    const epoch = Number(readFileSync(join(folder, 'epoch'), 'utf8'));
    return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
  } catch {
    return 0;
  }
}

/** Durable before it returns. */
export function writeEpoch(folder: string, epoch: number): void {
  writeDurably(join(folder, 'epoch'), `${epoch}\n`);
}
