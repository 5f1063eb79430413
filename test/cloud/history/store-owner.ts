import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';

// A process that owns a store as the service does, for the test that kills it: appends from the first sequence the store
// does not have, and names each acknowledged one on its channel.
const [folder = '', rows = '1'] = process.argv.slice(2);
const rowsPerBatch = Number(rows);
const store = new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
await store.start();
let next = ((await store.watermarks()).at(-1)?.last ?? 0) + 1;

async function lane(): Promise<void> {
  for (;;) {
    const sequence = next;
    next += 1;
    const block = numberBlock(
      Array.from({ length: rowsPerBatch }, (_, row) => [7, sequence * rowsPerBatch + row, row] as const),
    );
    await store.append([batchOf(sequence, [block])]);
    process.send!(sequence);
  }
}
await Promise.all([lane(), lane(), lane()]);
