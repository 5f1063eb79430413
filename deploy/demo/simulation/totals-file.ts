import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LineTotals } from './line.ts';

/** Keeps counters and meter over a restart of the simulated plant, as a real PLC does. */
export class TotalsFile {
  readonly #path: string;
  #written = '';

  constructor(options: { path: string }) {
    this.#path = options.path;
  }

  /** Undefined on the first start, and when the file is not readable as totals: then the plant is factory new. */
  read(): LineTotals | undefined {
    try {
      const totals: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return isTotals(totals) ? totals : undefined;
    } catch {
      return undefined;
    }
  }

  /** Writes what has changed; a reader sees the old file or the new one. */
  write(totals: LineTotals): void {
    const text = JSON.stringify(totals);
    if (text === this.#written) return;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, text);
    renameSync(`${this.#path}.new`, this.#path);
    this.#written = text;
  }
}

function isTotals(value: unknown): value is LineTotals {
  if (typeof value !== 'object' || value === null || !('wattMs' in value) || !('counts' in value)) return false;
  const { wattMs, counts } = value;
  if (!Number.isSafeInteger(wattMs) || typeof counts !== 'object' || counts === null) return false;
  return Object.values(counts).every(
    (entry: unknown) =>
      typeof entry === 'object' &&
      entry !== null &&
      ['total', 'good', 'scrap'].every((key) => Number.isSafeInteger((entry as Record<string, unknown>)[key])),
  );
}
