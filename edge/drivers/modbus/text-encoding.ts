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

/** The bytes of a text, or undefined where the encoding has none for one of its characters. */
export type WriteText = (text: string) => Buffer | undefined;

export function textWriter(encoding: TextEncoding): WriteText {
  const read = textReader(encoding);
  const write = encoding === 'gb18030' || encoding === 'gbk' ? bytesOfChinese : plainWriter(encoding);
  // Read back, whatever was put in the place of a character without bytes shows.
  return (text) => {
    const bytes = write(text);
    return bytes !== undefined && read(bytes) === text ? bytes : undefined;
  };
}

function plainWriter(encoding: 'utf-8' | 'ascii' | 'latin1'): WriteText {
  return (text) => Buffer.from(text, encoding === 'utf-8' ? 'utf-8' : 'latin1');
}

let chineseBytes: ReadonlyMap<string, number> | undefined;

function bytesOfChinese(text: string): Buffer | undefined {
  chineseBytes ??= doubleBytes();
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const pair = chineseBytes.get(character);
    if (code < 0x80) bytes.push(code);
    else if (pair === undefined) return undefined;
    else bytes.push(pair >> 8, pair & 255);
  }
  return Buffer.from(bytes);
}

/** The runtime only reads this encoding, so that its two-byte characters are found by reading all of them. */
function doubleBytes(): ReadonlyMap<string, number> {
  const read = strictReader('gb18030');
  const found = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const character = read(Buffer.of(lead, trail));
      if (character !== undefined && [...character].length === 1) found.set(character, (lead << 8) | trail);
    }
  }
  return found;
}
