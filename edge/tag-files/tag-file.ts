import { chownSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
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

/**
 * Puts `after` in the place of the file in one step, as closed to others as it was and of the same owner; what it held stays
 * beside it as `FILE.before`. A link stays one: what it leads to is replaced.
 */
export function replaceFile(file: string, before: string, after: string): void {
  const place = realpathSync(file);
  const { mode, uid, gid } = statSync(place);
  for (const [name, text] of [
    [`${place}.before`, before],
    [`${place}.new`, after],
  ] as const) {
    writeFileSync(name, text, { mode, flush: true });
    // Written by root for an agent that runs as somebody else: that one has to read it.
    if (process.getuid?.() === 0) chownSync(name, uid, gid);
  }
  renameSync(`${place}.new`, place);
}
