import type { ProblemPlace } from '@gongfu/shared/base/problem';
import type { Slice } from './foreign-writes.ts';
import { LineProtocol, type Precision } from './line-protocol.ts';
import { LineReader, type ReadLine } from './line-reader.ts';
import type { ForeignRow } from './row-door.ts';

/** So many rows are in memory, and stored, at once. */
const sliceRows = 5_000;

/** Line protocol as it arrives → slices of rows: a body of any length takes the memory of one slice. */
export async function* lineSlices(
  chunks: AsyncIterable<Uint8Array>,
  options: { precision: Precision; arrivedAt: number },
): AsyncGenerator<Slice> {
  const protocol = new LineProtocol(options);
  const reader = new LineReader((text) => protocol.parse(text));
  let slice = newSlice();
  const take = (read: ReadLine<ForeignRow[]>): void => {
    if ('reason' in read) slice.rejected.push({ where: `line ${read.line}`, what: `line-unreadable: ${read.reason}` });
    else {
      for (const row of read.content) {
        slice.rows.push(row);
        slice.places.push(`line ${read.line} field ${row.name}`);
      }
    }
  };
  const isFull = (): boolean => slice.rows.length + slice.rejected.length >= sliceRows;
  for await (const chunk of chunks) {
    for (const read of reader.push(chunk)) {
      take(read);
      if (!isFull()) continue;
      yield slice;
      slice = newSlice();
    }
  }
  for (const read of reader.end()) take(read);
  if (slice.rows.length + slice.rejected.length > 0) yield slice;
}

function newSlice(): { rows: ForeignRow[]; places: string[]; rejected: ProblemPlace[] } {
  return { rows: [], places: [], rejected: [] };
}
