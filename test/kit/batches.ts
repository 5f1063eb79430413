import type { SampleBlock } from '@gongfu/shared/model/sample';
import { decodeBatch } from '@gongfu/shared/wire/codec';

/** One block of `count` numbers: row i is tag 1 at `fromTime + i` with value `first + i` and a fraction nothing can be deflated of. */
export function numberBlock(first: number, count: number, fromTime = 1_000_000 + first): SampleBlock {
  return {
    kind: 'number',
    count,
    tags: new Uint32Array(count).fill(1),
    sourceTimes: Float64Array.from({ length: count }, (_, row) => fromTime + row),
    statuses: new Uint32Array(count),
    values: Float64Array.from({ length: count }, (_, row) => first + row + (((first + row) * Math.SQRT2) % 1)),
  };
}

/** First value of a batch made of one `numberBlock`. */
export function firstOf(bytes: Uint8Array): number {
  return Math.floor(decodeBatch(bytes).blocks[0]!.values[0] as number);
}

/** One second of ten sources with a thousand tags each, as requests of 125 registers bring it: the sources in turn, each request at one time. */
export function sweepBlock(valueAt: (tag: number) => number): SampleBlock {
  const [sources, tagsEach, registers] = [10, 1_000, 125];
  const rows = Array.from({ length: tagsEach / registers }, (_, request) =>
    Array.from({ length: sources }, (__, source) =>
      Array.from({ length: registers }, (___, register) => ({
        tag: 1 + source * tagsEach + request * registers + register,
        time: 1_764_201_600_000 + request * 20 + ((source * 7) % 11),
      })),
    ),
  ).flat(2);
  return {
    kind: 'number',
    count: rows.length,
    tags: Uint32Array.from(rows, ({ tag }) => tag),
    sourceTimes: Float64Array.from(rows, ({ time }) => time),
    statuses: new Uint32Array(rows.length),
    values: Float64Array.from(rows, ({ tag }) => valueAt(tag)),
  };
}
