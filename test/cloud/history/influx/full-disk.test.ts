import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import type { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { batchOf, numberBlock } from '../../../contract/history-store.contract.js';
import { temporaryFolder } from '../../../kit/folders.ts';
import { type InfluxServer, influxIn } from '../../../kit/servers/influx-server.ts';
import { influxStore } from './store-place.ts';

const start = Date.UTC(2026, 10, 23, 12);
const rowsPerBatch = 20_000;

describe('influx: the disk of the server is full', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  let server: InfluxServer | undefined;
  let store: InfluxHistoryStore;
  let isMounted = false;

  before(async function () {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', data.folder], { stdio: 'ignore' });
    } catch {
      console.log('      skipped: no right to mount a small disk');
      return this.skip();
    }
    isMounted = true;
    server = await influxIn(this, data.folder);
    store = influxStore({ address: await server.bucket(), patience: { writeMs: 3_000, queryMs: 5_000 } });
    await store.start();
  });
  after(async () => {
    await store?.stop();
    await server?.stop();
    if (isMounted) execFileSync('umount', [data.folder]);
    data.remove();
  });

  /** Values that do not compress. */
  function batchAt(sequence: number) {
    const rows = Array.from({ length: rowsPerBatch }, (_, i) => {
      const n = sequence * rowsPerBatch + i;
      return [1, start + n, Math.sin(n)] as const;
    });
    return batchOf(sequence, [numberBlock(rows)]);
  }

  it('acknowledges nothing while it is full, and has all once when there is room again and it was restarted', async () => {
    const filler = `${data.folder}/filler`;
    await store.append([batchAt(0)]);
    const { bavail, bsize } = statfsSync(data.folder);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 600_000)));
    let full: Problem | undefined;
    let sequence = 1;
    while (full === undefined) {
      const error = await store.append([batchAt(sequence)]).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) sequence += 1;
      else full = error as Problem;
    }
    expect(full).to.be.instanceOf(Problem);
    expect([full.code, full.reaction]).to.deep.equal(['history-unavailable', 'retry']);
    expect(full.message).to.match(/no space left/);
    expect((await store.health()).ready).to.equal(false);
    rmSync(filler);
    // A shard it could not open stays closed for it until then.
    await server!.restart();
    for (const end = sequence + 2; sequence < end; sequence += 1) await store.append([batchAt(sequence)]);
    expect((await store.health()).ready).to.equal(true);
    const range = { from: start, to: start + 60 * 60_000 };
    const { values } = await store.columns({ tag: { number: 1, kind: 'number' }, ...range, before: false });
    expect(values).to.deep.equal(Array.from({ length: sequence * rowsPerBatch }, (_, n) => Math.sin(n)));
    expect(await store.watermarks()).to.deep.equal([
      { gatewayId: 'gateway-1', epoch: 1, first: 0, last: sequence - 1 },
    ]);
  });
});
