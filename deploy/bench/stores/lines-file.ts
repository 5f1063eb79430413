import { type FileHandle, open } from 'node:fs/promises';
import { linesOf, type RowSet, WalkRows } from './walk-rows.ts';

const linesPerPiece = 5_000;

/** Rows as line protocol, made before any clock starts: what a store takes is measured, not what its client can make. */
export class LinesFile {
  readonly set: RowSet;
  /** Per tag. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly #file: FileHandle;
  readonly #rowsPerPiece: number;
  /** Where each piece begins, and the end of the last. */
  readonly #begins: number[] = [0];

  private constructor(set: RowSet, file: FileHandle) {
    this.set = set;
    this.#file = file;
    this.#rowsPerPiece = Math.max(1, Math.floor(linesPerPiece / set.tags)) * set.tags;
    this.lowest = new Float64Array(set.tags).fill(Number.POSITIVE_INFINITY);
    this.highest = new Float64Array(set.tags).fill(Number.NEGATIVE_INFINITY);
  }

  static async make(path: string, set: RowSet): Promise<LinesFile> {
    const made = new LinesFile(set, await open(path, 'wx+'));
    const rows = new WalkRows(set);
    const rounds = made.#rowsPerPiece / set.tags;
    for (let some = rows.next(rounds); some !== undefined; some = rows.next(rounds)) {
      const bytes = Buffer.from(linesOf(some, set.tags, set.firstTag));
      await made.#file.write(bytes, 0, bytes.length, made.#begins.at(-1));
      made.#begins.push(made.#begins.at(-1)! + bytes.length);
      made.#look(some.values);
    }
    return made;
  }

  get rows(): number {
    return this.set.tags * this.set.rounds;
  }

  /** The piece about so many lines behind that one; the same at the end. */
  behind(piece: number, lines: number): number {
    return Math.min(this.#begins.length - 1, piece + Math.max(1, Math.round(lines / linesPerPiece)));
  }

  /** From one piece up to, not with, another. */
  async read(piece: number, next: number): Promise<{ bytes: Uint8Array<ArrayBuffer>; count: number }> {
    const from = this.#begins[piece]!;
    const bytes = new Uint8Array(this.#begins[next]! - from);
    await this.#file.read(bytes, 0, bytes.length, from);
    const count = Math.min(this.rows, next * this.#rowsPerPiece) - piece * this.#rowsPerPiece;
    return { bytes, count };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #look(values: Float64Array): void {
    const { tags } = this.set;
    for (let row = 0; row < values.length; row += 1) {
      const tag = row % tags;
      if (values[row]! < this.lowest[tag]!) this.lowest[tag] = values[row]!;
      if (values[row]! > this.highest[tag]!) this.highest[tag] = values[row]!;
    }
  }
}
