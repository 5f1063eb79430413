const linesPerPiece = 20_000;
/** A piece ends at the line that reaches it, however few it has. */
const bytesPerPiece = 4 * 1024 * 1024;
const firstBytes = 64 * 1024;
const spareMax = 8;
/** Of one call that asks for no room of its own. */
const roomBytes = 64;
const wholeMax = 2 ** 32 - 1;
const million = 1_000_000;

const zero = 48;
const minus = 45;
const point = 46;
const lineFeed = 10;

/** ASCII that is written often, eight letters at a time: as numbers, none of which is NaN, so that no bit of them changes. */
export class Phrase {
  readonly length: number;
  readonly eights: Float64Array;

  constructor(text: string) {
    this.length = text.length;
    const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
    bytes.set(Buffer.from(text));
    this.eights = new Float64Array(bytes.buffer);
  }
}

/**
 * Lines as bytes, written digit by digit: a string for each line, joined afterwards, costs several times as much as all of this.
 * What was written is taken in pieces that InfluxDB takes at once. A line itself must hold no line feed.
 */
export class LineBuffer {
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #lines = 0;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #spare: Buffer<ArrayBuffer>[] = [];

  /** Forgets what was written and not taken. */
  clear(): void {
    this.#pieces.splice(0);
    this.#at = 0;
    this.#lines = 0;
  }

  ascii({ length, eights }: Phrase): void {
    this.#room(length + 8);
    // What goes beyond its end is written over by what follows.
    for (let i = 0; i < eights.length; i += 1) this.#view.setFloat64(this.#at + i * 8, eights[i]!, true);
    this.#at += length;
  }

  /** Digits of a whole number from 0, below 2^53. */
  whole(value: number): void {
    const millions = Math.floor(value / million);
    if (value <= wholeMax) this.#whole(value);
    else if (millions > wholeMax) this.#digitsOf(value);
    else {
      this.#whole(millions);
      this.sixDigits(value - millions * million);
    }
  }

  /** Six digits, zeros before them. */
  sixDigits(value: number): void {
    this.#room(roomBytes);
    this.#fill(value, 6);
  }

  /** As `String` writes it, but for the sign of zero. Finite. */
  number(value: number): void {
    // Most are quantised. The quotient of two exact numbers is the double nearest to the decimal, which is what a reader makes of it.
    const thousandths = Math.round(value * 1000);
    const size = Math.abs(thousandths);
    if (thousandths / 1000 !== value || size > wholeMax || Object.is(value, -0)) this.#digitsOf(value);
    else {
      if (thousandths < 0) this.#byte(minus);
      const whole = Math.floor(size / 1000);
      this.#whole(whole);
      this.#decimals(size - whole * 1000);
    }
  }

  text(text: string): void {
    this.#room(text.length * 3);
    this.#at += this.#bytes.write(text, this.#at);
  }

  endLine(): void {
    this.#byte(lineFeed);
    this.#lines += 1;
    if (this.#lines === linesPerPiece || this.#at >= bytesPerPiece) this.#endPiece();
  }

  /** What was written since it was last asked: each piece some lines, without a line feed at its end. */
  take(): Uint8Array<ArrayBuffer>[] {
    this.#endPiece();
    return this.#pieces.splice(0);
  }

  /** A piece that nobody reads any more: its memory is written again, which spares the garbage collector more than half. */
  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < spareMax && buffer.byteLength <= 2 * bytesPerPiece) this.#spare.push(Buffer.from(buffer));
  }

  #endPiece(): void {
    if (this.#lines === 0) return;
    this.#pieces.push(this.#bytes.subarray(0, this.#at - 1));
    this.#use(this.#spare.pop() ?? Buffer.alloc(0));
    this.#at = 0;
    this.#lines = 0;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#use(larger);
  }

  #use(bytes: Buffer<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #byte(byte: number): void {
    this.#room(roomBytes);
    this.#bytes[this.#at] = byte;
    this.#at += 1;
  }

  #digitsOf(value: number): void {
    const digits = Object.is(value, -0) ? '-0' : String(value);
    this.#room(roomBytes);
    for (let i = 0; i < digits.length; i += 1) this.#bytes[this.#at + i] = digits.charCodeAt(i);
    this.#at += digits.length;
  }

  #whole(value: number): void {
    this.#room(roomBytes);
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits += 1;
    this.#fill(value, digits);
  }

  #decimals(thousandths: number): void {
    if (thousandths === 0) return;
    this.#byte(point);
    if (thousandths % 10 !== 0) this.#fill(thousandths, 3);
    else if (thousandths % 100 !== 0) this.#fill(thousandths / 10, 2);
    else this.#fill(thousandths / 100, 1);
  }

  #fill(value: number, digits: number): void {
    const bytes = this.#bytes;
    const end = this.#at + digits;
    let rest = value >>> 0;
    for (let at = end - 1; at >= this.#at; at -= 1) {
      const tenth = (rest / 10) >>> 0;
      bytes[at] = zero + rest - tenth * 10;
      rest = tenth;
    }
    this.#at = end;
  }
}
