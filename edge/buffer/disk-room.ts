import { statfs } from 'node:fs/promises';
import { diskFull } from './buffer-problem.ts';

/** Free disk space below which an append that would make the file grow is refused. */
const reserveBytes = 8 * 2 ** 20;

/**
 * Promise 7: lets an append pass that the disk, or what lies free in the file, has room for. Into the upper half of the
 * reserve the file may still grow when most of a batch fits its free pages.
 * @throws Problem `buffer-disk-full`
 */
export async function requireDisk(options: {
  folder: string;
  addedBytes: number;
  freeInFileBytes: number;
}): Promise<void> {
  const { folder, addedBytes, freeInFileBytes } = options;
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes > reserveBytes + addedBytes || freeInFileBytes > reserveBytes) return;
  if (freeBytes > reserveBytes / 2 + addedBytes && freeInFileBytes > 2 ** 20 + 4 * addedBytes) return;
  throw diskFull(folder, freeBytes);
}
