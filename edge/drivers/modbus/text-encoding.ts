/** How the texts of panels and controllers are written; `gbk` is the older part of `gb18030`. */
export const textEncodings = ['utf-8', 'ascii', 'latin1', 'gb18030', 'gbk'] as const;
export type TextEncoding = (typeof textEncodings)[number];

/** The text, or undefined where the bytes are none in the encoding: a replacement sign would be a wrong value. */
export type ReadText = (bytes: Buffer) => string | undefined;

export function textReader(encoding: TextEncoding): ReadText {
  switch (encoding) {
    case 'ascii':
      return (bytes) => (bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined);
    case 'latin1':
      // Not by TextDecoder, for which latin1 is another name of windows-1252.
      return (bytes) => bytes.toString('latin1');
    case 'utf-8':
      return strictReader('utf-8');
    case 'gb18030':
    case 'gbk':
      // The decoder called gbk makes private characters of bytes that are none; this one reads all of GBK and refuses them.
      return strictReader('gb18030');
  }
}

function strictReader(label: string): ReadText {
  const decoder = new TextDecoder(label, { fatal: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
}
