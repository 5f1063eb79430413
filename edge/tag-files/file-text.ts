import { Problem } from '@gongfu/shared/base/problem';

/**
 * The text of a file as programs on any desk write it: UTF-8, UTF-16 with its mark, or the GBK of a Chinese Windows
 * (read as GB 18030, which holds it).
 * @throws Problem `tag-file-unreadable`
 */
export function fileText(file: string, bytes: Uint8Array): string {
  // GB 18030 gives nearly every byte a meaning, so it comes last.
  for (const encoding of encodingsFor(bytes)) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // Not this one.
    }
  }
  throw new Problem({
    code: 'tag-file-unreadable',
    detail: `${file} is no text in UTF-8, UTF-16 or GBK`,
    advice: 'Save it as text once more: in Excel as "CSV UTF-8".',
    reaction: 'stop',
  });
}

function encodingsFor([first, second]: Uint8Array): string[] {
  if (first === 0xff && second === 0xfe) return ['utf-16le'];
  if (first === 0xfe && second === 0xff) return ['utf-16be'];
  return ['utf-8', 'gb18030'];
}
