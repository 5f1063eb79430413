import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { HistoryStore, NamedTag } from '../history/history-store.ts';
import { workbookOf } from './sheet.ts';

export const exportFormats = ['csv', 'xlsx', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

interface Shape {
  readonly contentType: string;
  readonly copied: 'csv' | 'parquet' | 'lines';
  readonly rowsMax: number;
}

const shapes: Readonly<Record<ExportFormat, Shape>> = {
  csv: { contentType: 'text/csv; charset=utf-8', copied: 'csv', rowsMax: 50_000_000 },
  // Five sheets: no spreadsheet program opens more with joy.
  xlsx: {
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    copied: 'lines',
    rowsMax: 5_000_000,
  },
  parquet: { contentType: 'application/vnd.apache.parquet', copied: 'parquet', rowsMax: 200_000_000 },
};

export interface SampleExport {
  readonly contentType: string;
  readonly rows: number;
  readonly content: Readable;
}

/** Raw samples as files: written to the disk first, then sent as fast as the other side reads. */
export class SampleExports implements Part {
  readonly #folder: string;
  readonly #history: Pick<HistoryStore, 'copy'>;

  /** `folder` is for the files alone: what lies in it at start is left from a process that was killed. */
  constructor(options: { folder: string; history: Pick<HistoryStore, 'copy'> }) {
    this.#folder = options.folder;
    this.#history = options.history;
  }

  async start(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true });
  }

  stop(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  async make(query: {
    tags: readonly NamedTag[];
    from: number;
    to: number;
    format: ExportFormat;
    timeZone: string;
  }): Promise<SampleExport> {
    const { contentType, copied, rowsMax } = shapes[query.format];
    const file = join(this.#folder, `${randomUUID()}.${copied}`);
    try {
      const rows = await this.#history.copy({ ...query, format: copied, file, rowsMax });
      const handle = await open(file);
      const input = handle.createReadStream();
      const content = query.format === 'xlsx' ? workbookOf({ input, rows, timeZone: query.timeZone }) : input;
      return { contentType, rows, content };
    } finally {
      // An open file is read to its end without its name, and whatever happens none is left behind.
      await rm(file, { force: true });
    }
  }
}
