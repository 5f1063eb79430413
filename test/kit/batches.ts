import type { SampleBlock } from '@gongfu/shared/model/sample';
import { decodeBatch } from '@gongfu/shared/wire/codec';

/** One block of `count` numbers: row i is tag 1 at `fromTime + i` with value `first + i`. */
export function numberBlock(first: number, count: number, fromTime = 1_000_000 + first): SampleBlock {
  return {
    kind: 'number',
    count,
    tags: new Uint32Array(count).fill(1),
    sourceTimes: Float64Array.from({ length: count }, (_, row) => fromTime + row),
    statuses: new Uint32Array(count),
    values: Float64Array.from({ length: count }, (_, row) => first + row + 0.5 / 3),
  };
}

/** First value of a batch made of one `numberBlock`. */
export function firstOf(bytes: Uint8Array): number {
  return Math.floor(decodeBatch(bytes).blocks[0]!.values[0] as number);
}
