import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import type { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { batchOf, numberBlock, problemOf } from '../../../contract/history-store.contract.js';
import { AnsweringProxy, type Passing } from '../../../kit/answering-proxy.ts';
import { FakeClock } from '../../../kit/fake-clock.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../../kit/servers/influx-server.ts';
import { until } from '../../../kit/until.ts';
import { auditNumbered, deliverTo, numberedBatch, start } from './numbered-batches.ts';
import { influxStore } from './store-place.ts';

const patience = { writeMs: 20_000, queryMs: 20_000 };
const impatience = { ...patience, writeMs: 400 };
const never = { lookMs: 1e9, settleMs: 0, shortenMs: 0 };
const eager = { ...never, lookMs: 5 };
const everything = 'range(start: 0, stop: 2100-01-01T00:00:00Z)';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Writes that were given up and that something between the service and a real InfluxDB delivers all the same, after newer ones. */
describe('influx: writes that arrive late', function () {
  this.timeout(60_000);
  let server: InfluxServer | undefined;
  let proxy: AnsweringProxy;
  let port: number;
  let place: InfluxPlace;
  let gatewayId: string;
  let number = 0;

  before(async function () {
    server = await requireInflux(this);
    proxy = new AnsweringProxy(server);
    port = await proxy.start();
  });
  after(async () => {
    proxy?.restore();
    proxy?.stop();
    await server?.stop();
  });
  beforeEach(async () => {
    number += 1;
    gatewayId = `gateway-${number}`;
    place = await server!.bucket(port);
  });
  afterEach(() => proxy?.restore());

  const batchAt = (sequence: number) => numberedBatch(number, sequence);
  const rowAt = (sequence: number, time: number) =>
    batchOf(sequence, [numberBlock([[number, time, sequence]])], { gatewayId });

  async function open(options: Partial<Parameters<typeof influxStore>[0]> = {}): Promise<InfluxHistoryStore> {
    const opened = influxStore({ address: place, patience, rollups: never, ...options });
    await opened.start();
    return opened;
  }

  /** By a store that knows nothing but what lies in the server. */
  async function asked<T>(question: (store: InfluxHistoryStore) => Promise<T>): Promise<T> {
    const next = await open();
    const answer = await question(next);
    await next.stop();
    return answer;
  }

  async function begins(request: Passing, begin: string): Promise<boolean> {
    return request.path.startsWith('/api/v2/write') && (await request.text()).startsWith(begin);
  }

  /** The first writes that begin so do not come through until they are let go. `giveUp`: tries until they are held. */
  function hold(begin: string, count = 1) {
    const held: Passing[] = [];
    proxy.rule = async (request) => {
      if (held.length === count || !(await begins(request, begin))) return request.forward();
      held.push(request);
      return new Promise(() => {});
    };
    const giveUp = (attempt: () => Promise<void>) =>
      until(async () => {
        await problemOf(attempt());
        return held.length === count;
      });
    const letGo = async () => {
      expect(held, `writes held of ${begin}`).to.have.length(count);
      for (const request of held) expect((await request.forward()).status).to.equal(204);
    };
    return { giveUp, letGo };
  }

  async function countsOf(store: InfluxHistoryStore, from: number, bucketMs: number): Promise<number[]> {
    const tags = [{ number, kind: 'number', holdMs: 1_000 }] as const;
    const to = from + hourMs;
    const { columns } = await store.trend({ tags, from, to, points: hourMs / bucketMs });
    return [...columns[0]!.counts];
  }

  /** Samples in the newest roll-up of the only stretch there is. */
  async function rolledUp(level: string): Promise<number> {
    const answer = await server!.query(`from(bucket: "${place.bucket}") |> ${everything}
      |> filter(fn: (r) => r._measurement == "${level}_number") |> last() |> keep(columns: ["_value"])`);
    return Number(/,_result,0,(\d+) /.exec(answer)?.[1] ?? 0);
  }

  async function isJournalEmpty(): Promise<boolean> {
    const journal = `from(bucket: "${place.bucket}") |> ${everything} |> filter(fn: (r) => r._measurement == "dirty")`;
    return !(await server!.query(journal)).includes('_result');
  }

  for (const level of ['minute', 'hour'] as const) {
    it(`a roll-up of the ${level}: the one made since from more samples stays`, async () => {
      const { letGo } = hold(`${level}_number`, 2);
      const store = await open({ patience: impatience, rollups: eager });
      await deliverTo(store, rowAt(1, start));
      await until(async () => (await rolledUp(level)) === 1);
      await deliverTo(store, rowAt(2, start + 1_000));
      await until(async () => (await rolledUp(level)) === 2 && (await isJournalEmpty()));
      await letGo();
      for (const bucketMs of [60_000, hourMs]) {
        expect(await countsOf(store, start, bucketMs)).to.deep.equal([2]);
        expect(await asked((next) => countsOf(next, start, bucketMs))).to.deep.equal([2]);
      }
      await store.stop();
    });
  }

  it('what trickles in late is rolled up once, when it rests for a look', async () => {
    let looks = 0;
    proxy.rule = (request) => {
      // The last thing of each look: the journal is shortened.
      if (request.path.startsWith('/api/v2/delete')) looks += 1;
      return request.forward();
    };
    const clock = new FakeClock(start + dayMs);
    const store = await open({ clock, patience: { writeMs: 1e9, queryMs: 1e9 }, rollups: { ...never, lookMs: 1_000 } });
    const look = async () => {
      const wanted = looks + 1;
      await until(() => {
        if (looks < wanted) clock.advance(1_000);
        return looks === wanted;
      });
    };
    for (const sequence of [0, 1, 2]) {
      await store.append([rowAt(sequence, start + sequence * 1_000)]);
      await look();
      expect(await rolledUp('minute')).to.equal(0);
    }
    await look();
    for (const level of ['minute', 'hour']) expect(await rolledUp(level)).to.equal(3);
    await store.stop();
  });

  it('a watermark: what has been stored since stays known, also by the next life of the service', async () => {
    const first = await open({ patience: impatience });
    await deliverTo(first, batchAt(0));
    const one = hold('watermarks');
    await one.giveUp(() => first.append([batchAt(1)]));
    const other = hold('watermarks');
    await other.giveUp(() => first.append([batchAt(1), batchAt(2)]));
    await deliverTo(first, batchAt(1), batchAt(2), batchAt(3));
    for (const { letGo } of [other, one]) await letGo();
    await asked((next) => auditNumbered(next, number, 4));
    const later = hold('watermarks');
    await later.giveUp(() => first.append([batchAt(4)]));
    await first.stop();
    await asked(async (second) => {
      for (const sequence of [4, 5, 6]) await deliverTo(second, batchAt(sequence));
    });
    await later.letGo();
    await asked((next) => auditNumbered(next, number, 7));
  });

  it('an entry of the journal: no entry of a later life is lost, and what it names is rolled up', async () => {
    const rolling = await open({ rollups: eager });
    await deliverTo(rolling, batchAt(0));
    await until(isJournalEmpty);
    await rolling.stop();
    const { giveUp, letGo } = hold('dirty keys');
    const dying = await open({ patience: impatience });
    await giveUp(() => dying.append([batchAt(60)]));
    await dying.stop();
    await asked((next) => deliverTo(next, rowAt(1, start + 1_000)));
    await letGo();
    expect(await asked((next) => countsOf(next, start, hourMs))).to.deep.equal([11]);
  });

  it('the journal is not shortened beyond an entry that is on its way', async () => {
    const seen = { minute: false, entry: false, checkpoint: false };
    proxy.rule = async (request) => {
      if (await begins(request, 'minute_number')) {
        // A first one passes when the entry of the second row is under way, and none after it.
        if (seen.minute) return { status: 503, body: 'busy' };
        seen.minute = true;
        await until(() => seen.entry);
      } else if (seen.minute && (await begins(request, 'dirty keys'))) {
        seen.entry = true;
        for (let looks = 0; looks < 100 && !seen.checkpoint; looks += 1) await wait(5);
      } else if (await begins(request, 'dirty_done')) seen.checkpoint ||= seen.entry;
      return request.forward();
    };
    const store = await open({ rollups: eager });
    await deliverTo(store, rowAt(1, start));
    await until(() => seen.minute);
    await deliverTo(store, rowAt(2, start + 5 * hourMs));
    expect(seen.entry).to.equal(true);
    await store.stop();
    expect(await asked((next) => countsOf(next, start + 5 * hourMs, hourMs))).to.deep.equal([1]);
  });

  it('a gap: it is there once', async () => {
    const gap = { fromSequence: 1, toSequence: 4, fromTime: start, toTime: start + 9, samples: 7, source: 'plc' };
    const batch = { ...batchAt(0), gaps: [{ ...gap, reason: 'buffer-full' as const }] };
    const store = await open({ patience: impatience });
    const { giveUp, letGo } = hold('gaps');
    await giveUp(() => store.append([batch]));
    await deliverTo(store, { ...batch, ingestTime: batch.ingestTime + 500 }, batchAt(1));
    await letGo();
    const { gaps } = await store.gaps({ gatewayIds: [gatewayId], from: start, to: start + 10, limit: 10 });
    expect(gaps.map(({ fromSequence, toSequence, samples }) => [fromSequence, toSequence, samples])).to.deep.equal([
      [1, 4, 7],
    ]);
    await store.stop();
    await asked((next) => auditNumbered(next, number, 2));
  });

  it('what retention removed before a move: the later day stays', async () => {
    const store = await open({ patience: impatience });
    const until10 = { what: 'samples', tag: number, before: 10 * dayMs } as const;
    const restored = (before: number) =>
      store.restore({
        batches: [],
        known: [{ gatewayId, epoch: 1, first: 0, last: 0 }],
        expired: [{ ...until10, before }],
      });
    const { giveUp, letGo } = hold('horizons');
    await giveUp(() => restored(10 * dayMs));
    await until(() =>
      restored(20 * dayMs).then(
        () => true,
        () => false,
      ),
    );
    await letGo();
    await store.stop();
    expect(await asked((next) => next.expired())).to.deep.equal([{ ...until10, before: 20 * dayMs }]);
  });

  it('what was written before there were places for it is read, and goes on', async () => {
    const rolling = await open({ rollups: eager });
    for (const sequence of [0, 1, 2, 3, 4, 5, 6, 7]) await deliverTo(rolling, batchAt(sequence));
    await until(isJournalEmpty);
    await rolling.stop();
    const newer = place;
    place = await server!.bucket(port);
    const copied = (measurement: string, steps = '') =>
      server!.query(`import "date"
        from(bucket: "${newer.bucket}") |> ${everything} |> filter(fn: (r) => r._measurement == "${measurement}")
          |> drop(columns: ["_start", "_stop"]) ${steps} |> to(bucket: "${place.bucket}", org: "${place.org}")`);
    const atBegin = (unit: string) => `|> map(fn: (r) => ({r with _time: date.truncate(t: r._time, unit: ${unit})}))`;
    await copied('samples_number');
    await copied('minute_number', atBegin('1m'));
    await copied('hour_number', atBegin('1h'));
    await server!.write(place, `watermarks,g=${gatewayId} e1=7i 0\nhorizons days=${20 * dayMs}i ${number}`);
    await asked((next) => auditNumbered(next, number, 8));
    const expired = [{ what: 'days', tag: number, before: 20 * dayMs }];
    expect(await asked((next) => next.expired())).to.deep.equal(expired);
    const next = await open({ rollups: eager });
    await deliverTo(next, batchAt(8));
    await until(isJournalEmpty);
    await next.stop();
    await asked((last) => auditNumbered(last, number, 9));
  });
});
