import { statfsSync } from 'node:fs';

/** Of the file system the folder lies on; null where it cannot be asked. */
export function diskRoom(folder: string): { freeBytes: number; sizeBytes: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    return null;
  }
}
