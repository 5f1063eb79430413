import type { ProblemPlace } from '@gongfu/shared/base/problem';
import type { Slice } from './foreign-writes.ts';
import { LineProtocol, type Precision } from './line-protocol.ts';
import { LineReader, type ReadLine } from './line-reader.ts';
import { type ForeignRow, isSlice, weightOf } from './row-door.ts';

/** Line protocol as it arrives → slices of rows: a body of any length takes the memory of one slice. */
export async function* lineSlices(
  chunks: AsyncIterable<Uint8Array>,
  options: { precision: Precision; arrivedAt: number },
): AsyncGenerator<Slice> {
  const protocol = new LineProtocol(options);
  const reader = new LineReader((text) => protocol.parse(text));
  let slice = newSlice();
  let weight = 0;
  const take = (read: ReadLine<ForeignRow[]>): void => {
    if ('reason' in read) {
      slice.rejected.push({ where: `line ${read.line}`, what: `line-unreadable: ${read.reason}` });
      weight += 1;
      return;
    }
    for (const row of read.content) {
      slice.rows.push(row);
      slice.places.push(`line ${read.line} field ${row.name}`);
      weight += weightOf(row);
    }
  };
  for await (const chunk of chunks) {
    for (const read of reader.push(chunk)) {
      take(read);
      if (!isSlice(weight)) continue;
      yield slice;
      slice = newSlice();
      weight = 0;
    }
  }
  for (const read of reader.end()) take(read);
  if (slice.rows.length + slice.rejected.length > 0) yield slice;
}

function newSlice(): { rows: ForeignRow[]; places: string[]; rejected: ProblemPlace[] } {
  return { rows: [], places: [], rejected: [] };
}
