import { statfsSync } from 'node:fs';
import { diskFull } from './buffer-problem.ts';

/** Free disk space below which an append that would make the file grow is refused. */
const reserveBytes = 8 * 2 ** 20;

/**
 * Promise 7: lets an append pass that the disk, or what lies free in the file, has room for. Into the upper half of the
 * reserve the file may still grow when most of a batch fits its free pages.
 * @throws Problem `buffer-disk-full`
 */
export function requireDisk(options: { folder: string; addedBytes: number; freeInFileBytes: number }): void {
  const { folder, addedBytes, freeInFileBytes } = options;
  if (freeInFileBytes > reserveBytes) return;
  // Not by the thread pool: the kernel answers from memory, and a thread to wake costs ten times as much.
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes > reserveBytes + addedBytes) return;
  if (freeBytes > reserveBytes / 2 + addedBytes && freeInFileBytes > 2 ** 20 + 4 * addedBytes) return;
  throw diskFull(folder, freeBytes);
}
