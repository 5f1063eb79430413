import { setTimeout as wait } from 'node:timers/promises';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import type { AdmittedBatch } from '#cloud/history/history-store';
import type { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { batchOf, numberBlock, problemOf } from '../../../contract/history-store.contract.js';
import { Relay } from '../../../kit/relay.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../../kit/servers/influx-server.ts';
import { until } from '../../../kit/until.ts';
import { auditNumbered, deliverTo, numberedBatch, start } from './numbered-batches.ts';
import { influxStore } from './store-place.ts';

const patience = { writeMs: 2_000, queryMs: 5_000 };
const never = { lookMs: 1e9, settleMs: 0, shortenMs: 0 };
const eager = { ...never, lookMs: 5 };

describe('influx: faults', function () {
  this.timeout(60_000);
  let server: InfluxServer | undefined;
  let relay: Relay;
  let place: InfluxPlace;
  let store: InfluxHistoryStore;
  let number = 0;

  before(async function () {
    server = await requireInflux(this);
    relay = new Relay(server);
    place = await server.bucket(await relay.start());
    store = influxStore({ address: place, patience, rollups: { ...eager, lookMs: 20 } });
    await store.start();
  });
  after(async () => {
    relay?.restore();
    await store?.stop();
    await relay?.stop();
    await server?.stop();
  });
  beforeEach(() => {
    number += 1;
  });

  const batchAt = (sequence: number) => numberedBatch(number, sequence);
  const deliver = (batch: AdmittedBatch) => deliverTo(store, batch);
  const audit = (batches: number, of = store) => auditNumbered(of, number, batches);

  it('server away: nothing is acknowledged, and all is there once when it is back', async () => {
    await deliver(batchAt(0));
    relay.refuse();
    for (const _ of [1, 2]) {
      const problem = await problemOf(store.append([batchAt(1)]));
      expect([problem.code, problem.reaction, problem.status]).to.deep.equal(['history-unavailable', 'retry', 503]);
    }
    expect((await store.health()).ready).to.equal(false);
    expect((await problemOf(store.latest([{ number, kind: 'number' }]))).code).to.equal('history-unavailable');
    relay.restore();
    await deliver(batchAt(1));
    expect((await store.health()).ready).to.equal(true);
    await audit(2);
  });

  it('server silent in the middle of a batch: the batch is told to come again and is there once', async () => {
    await deliver(batchAt(0));
    const sent = store.append([batchAt(1)]);
    relay.silence();
    // Whether this one had come through nobody knows; the next has not.
    await sent.catch(() => undefined);
    const problem = await problemOf(store.append([batchAt(2)]));
    expect([problem.code, problem.message]).to.deep.equal([
      'history-unavailable',
      'the history store is not available: InfluxDB has not answered within 2 s',
    ]);
    relay.restore();
    for (const sequence of [1, 2]) await deliver(batchAt(sequence));
    await audit(3);
  });

  it('token taken away: held with its reason, and on again when it is given back', async () => {
    const { token, allow } = await server!.token();
    const own = influxStore({ address: { ...place, token }, patience, rollups: never });
    await own.start();
    await own.append([batchAt(0)]);
    await allow(false);
    const problem = await problemOf(own.append([batchAt(1)]));
    expect([problem.code, problem.reaction, problem.retryAfterMs]).to.deep.equal(['history-denied', 'retry', 5_000]);
    const { ready, detail } = await own.health();
    expect(ready).to.equal(false);
    expect(detail)
      .to.equal(problem.message)
      .and.to.match(/^InfluxDB does not let the service in: 40[13], /);
    await allow(true);
    await own.append([batchAt(1)]);
    expect((await own.health()).ready).to.equal(true);
    await audit(2, own);
    await own.stop();
  });

  it('poisoned rows: they lie in quarantine with the reason, the rest of the batch is stored', async () => {
    // Another program has given this field of epoch 9 another type.
    await server!.write(place, `samples_number,n=999999 v9.0="text" ${start}000000`);
    const poisoned = batchOf(7, [numberBlock([[number, start + 5, 5]])], { gatewayId: 'poison', epoch: 9 });
    const long: SampleBlock<'text'> = {
      kind: 'text',
      count: 2,
      tags: Uint32Array.of(number, number),
      sourceTimes: Float64Array.of(start, start + 1),
      statuses: new Uint32Array(2),
      values: ['x'.repeat(1_100_000), 'short'],
    };
    await store.append([batchAt(0), poisoned, batchOf(8, [long], { gatewayId: 'poison', epoch: 9 }), batchAt(1)]);
    await audit(2);
    const texts = await store.samples({ tag: { number, kind: 'text' }, from: start, to: start + 9, limit: 9 });
    expect(texts.samples.map(({ value }) => value)).to.deep.equal(['short']);
    const found = await server!.query(`from(bucket: "${place.bucket}") |> range(start: 0, stop: 2100-01-01T00:00:00Z)
      |> filter(fn: (r) => r._measurement == "quarantine" and (r._field == "detail" or r._field == "bytes0"))`);
    const line = Buffer.from(`samples_number,n=${number} v9.0=5 ${start + 5}000070`).toString('base64');
    expect(found)
      .to.include(line)
      .and.to.match(/field type conflict/i);
    expect(found).to.match(/InfluxDB refuses 1 rows/);
    // Known as stored: it does not come again for ever.
    expect((await store.watermarks()).filter(({ gatewayId }) => gatewayId === 'poison')).to.deep.equal([
      { gatewayId: 'poison', epoch: 9, first: 7, last: 8 },
    ]);
  });

  it('killed and started again in the middle of it: nothing lost, nothing twice', async () => {
    const restarted = wait(150).then(() => server!.restart());
    for (let sequence = 0; sequence < 60; sequence += 1) await deliver(batchAt(sequence));
    await restarted;
    for (let sequence = 60; sequence < 70; sequence += 1) await deliver(batchAt(sequence));
    await audit(70);
  });

  it('a network that comes and goes: samples and roll-ups are those of every batch once', async () => {
    let isOver = false;
    const trouble = (async () => {
      for (let turn = 0; !isOver; turn += 1) {
        await wait(30 + ((turn * 37) % 90));
        relay.refuse();
        await wait(20 + ((turn * 53) % 60));
        relay.restore();
      }
    })();
    for (let sequence = 0; sequence < 80; sequence += 1) await deliver(batchAt(sequence));
    isOver = true;
    await trouble;
    relay.restore();
    await audit(80);
  });

  it('a service that dies between rows and roll-ups: the next one makes them', async () => {
    const dying = influxStore({ address: place, patience, rollups: never });
    await dying.start();
    for (let sequence = 0; sequence < 30; sequence += 1) await dying.append([batchAt(sequence)]);
    // Never stopped: what it knew is gone.
    const next = influxStore({ address: place, patience, rollups: eager });
    await next.start();
    await audit(30, next);
    const rolledUp = `from(bucket: "${place.bucket}") |> range(start: ${start / 1000}, stop: ${start / 1000 + 5 * 3600})
      |> filter(fn: (r) => r._measurement == "hour_number" and r.n == "${number}") |> count()`;
    await until(async () => (await server!.query(rolledUp)).includes(',5,'));
    await audit(30, next);
    await next.append([batchAt(30)]);
    await audit(31, next);
    // The journal does not grow for ever, and the next start needs none of what is done.
    const journal = `from(bucket: "${place.bucket}") |> range(start: 0, stop: 2100-01-01T00:00:00Z)
      |> filter(fn: (r) => r._measurement == "dirty") |> count()`;
    await until(async () => !(await server!.query(journal)).includes('_result'));
    await next.stop();
    await dying.stop();
    const last = influxStore({ address: place, patience, rollups: never });
    await last.start();
    await audit(31, last);
    await last.stop();
  });

  it('an address that is wrong is told at the start, each in its own words', async () => {
    const codes = [
      [{ ...place, token: 'wrong' }, 'history-denied'],
      [{ ...place, bucket: 'no such' }, 'history-bucket-unfit'],
      [{ ...place, org: 'no such' }, 'history-bucket-unfit'],
    ] as const;
    for (const [address, code] of codes) {
      expect((await problemOf(influxStore({ address, patience }).start())).code).to.equal(code);
    }
  });
});
