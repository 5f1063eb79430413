import type { Records } from './records.ts';

/**
 * The first of `count` numbers nobody has had before, counting from 1. One atomic update, so callers at the same time get
 * different numbers; a number taken and not used is never given again.
 */
export async function nextNumber(records: Pick<Records, 'counters'>, counterId: string, count = 1): Promise<number> {
  const counter = await records.counters
    .findOneAndUpdate({ _id: counterId }, { $inc: { next: count } }, { upsert: true, returnDocument: 'after' })
    .lean();
  return counter.next - count + 1;
}
