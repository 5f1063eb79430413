import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { messageOf, Problem } from '@gongfu/shared/base/problem';

/** @throws Problem `tag-file-unreadable` */
export function readTagFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Problem({
      code: 'tag-file-unreadable',
      detail: `${file} cannot be read: ${messageOf(error)}`,
      advice: 'Check the path.',
      reaction: 'stop',
      cause: error,
    });
  }
}

/** Puts `after` in the place of the file in one step, as closed to others as it was; what it held stays beside it as `FILE.before`. */
export function replaceFile(file: string, before: string, after: string): void {
  const { mode } = statSync(file);
  writeFileSync(`${file}.before`, before, { mode });
  writeFileSync(`${file}.new`, after, { mode, flush: true });
  renameSync(`${file}.new`, file);
}
