import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '@gongfu/shared/base/problem';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { flux } from '@influxdata/influxdb-client';
import type { HistoryStore, HistoryTag } from '../history-store.ts';
import { firstPlace } from '../page-cursor.ts';
import type { InfluxLink } from './influx-link.ts';
import type { OrderedReader, OrderedSample } from './ordered-reader.ts';
import { measurementOf, parseField } from './point-scheme.ts';
import { readTables } from './raw-rows.ts';

type CopyQuery = Parameters<HistoryStore['copy']>[0];

/** Makes a history store over a folder that is thrown away afterwards. */
export type MakeScratch = (folder: string) => HistoryStore;

const pieceRows = 50_000;
const badFrom = 0x8000_0000;

/** Raw samples as a file: carried piece by piece into a store that writes files, sorted there and never held here. */
export class SampleCopy {
  readonly #link: InfluxLink;
  readonly #ordered: OrderedReader;
  readonly #makeScratch: MakeScratch;

  constructor(options: { link: InfluxLink; ordered: OrderedReader; makeScratch: MakeScratch }) {
    this.#link = options.link;
    this.#ordered = options.ordered;
    this.#makeScratch = options.makeScratch;
  }

  async copy(query: CopyQuery): Promise<number> {
    const count = await this.#count(query);
    if (count > query.rowsMax) throw tooMuch(count, query.rowsMax);
    const folder = await mkdtemp(join(dirname(query.file), 'scratch-'));
    const scratch = this.#makeScratch(folder);
    try {
      await scratch.start();
      let sequence = 0;
      for (const tag of query.tags) {
        const begin = firstPlace(Math.max(0, query.from));
        for await (const piece of this.#ordered.pieces(tag, begin, query.to, pieceRows)) {
          sequence += 1;
          // The order is that of arrival; where the samples came from no file tells.
          const named = { gatewayId: 'copy', epoch: 1, sequence, ingestTime: 0, gaps: [] };
          await scratch.append([{ ...named, blocks: [blockOf(tag, piece)] }]);
        }
      }
      return await scratch.copy(query);
    } finally {
      await scratch.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Values are good and uncertain samples, bad statuses the rest. */
  async #count({ tags, from, to }: CopyQuery): Promise<number> {
    let count = 0;
    for (const kind of new Set(tags.map((tag) => tag.kind))) {
      const numbers = new Set(tags.filter((tag) => tag.kind === kind).map(({ number }) => number));
      const query = { measurement: measurementOf(kind), tags: [...numbers], from, to };
      const values = flux`|> filter(fn: (r) => r._field =~ /^v/) |> count()`;
      const bad = flux`|> filter(fn: (r) => r._field =~ /^q/) |> filter(fn: (r) => r._value >= uint(v: ${badFrom})) |> count()`;
      for (const each of [values, bad]) {
        await readTables(this.#link, { ...query, each }, (row, columns) => {
          if (parseField(row[columns.field]!) === undefined || !numbers.has(Number(row[columns.tag]))) return;
          count += Number(row[columns.value]);
        });
      }
    }
    return count;
  }
}

function blockOf({ number, kind }: HistoryTag, samples: readonly OrderedSample[]): SampleBlock {
  return {
    kind,
    count: samples.length,
    tags: new Uint32Array(samples.length).fill(number),
    sourceTimes: Float64Array.from(samples, ({ sourceTime }) => sourceTime),
    statuses: Uint32Array.from(samples, ({ status }) => status),
    values: valuesOf(kind, samples),
  };
}

function valuesOf(kind: ColumnKind, samples: readonly OrderedSample[]): SampleBlock['values'] {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(samples, ({ value }) => (value ?? 0n) as bigint);
    case 'unsigned64':
      return BigUint64Array.from(samples, ({ value }) => (value ?? 0n) as bigint);
    case 'text':
      return samples.map(({ value }) => (value ?? '') as string);
    case 'boolean':
      return Uint8Array.from(samples, ({ value }) => Number(value ?? 0));
    default:
      return Float64Array.from(samples, ({ value }) => Number(value ?? 0));
  }
}

function tooMuch(count: number, rowsMax: number): Problem {
  return new Problem({
    code: 'export-too-large',
    detail: `${count} samples lie in the time asked for; this format takes at most ${rowsMax}`,
    advice: 'Export a shorter time or fewer tags, or choose Parquet.',
    reaction: 'drop',
    status: 413,
  });
}
