/** The line of each place of a tree, by its path from the root. */
export class LineMap {
  readonly #lines = new Map<string, number>();

  put(path: readonly (string | number)[], line: number): void {
    this.#lines.set(JSON.stringify(path), line);
    // What is only a step on the way, as `inputs` of `[[inputs.modbus]]`, begins where the first of it does.
    for (let length = path.length - 1; length > 0; length--) {
      const above = JSON.stringify(path.slice(0, length));
      if (!this.#lines.has(above)) this.#lines.set(above, line);
    }
  }

  /** Of the nearest place above where the path itself has no line; 1 where nothing has. */
  of(path: readonly (string | number)[]): number {
    for (let length = path.length; length >= 0; length--) {
      const line = this.#lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  }
}
