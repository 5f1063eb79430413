import { silentLogger } from '@gongfu/shared/base/logger';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import type { AdmittedBatch } from '#cloud/history/history-store';
import type { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { batchOf, problemOf } from '../../../contract/history-store.contract.js';
import { AnsweringProxy, type Passing } from '../../../kit/answering-proxy.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../../kit/servers/influx-server.ts';
import { until } from '../../../kit/until.ts';
import { auditNumbered, deliverTo, numberedBatch, start } from './numbered-batches.ts';
import { influxStore } from './store-place.ts';

const patience = { writeMs: 20_000, queryMs: 20_000 };
const impatience = { ...patience, writeMs: 400 };
const never = { lookMs: 1e9, settleMs: 0, shortenMs: 0 };
const everything = 'range(start: 0, stop: 2100-01-01T00:00:00Z)';
/** What nginx lets through unless told. */
const proxyBytesMax = 2 ** 20;

/** A real InfluxDB, and before it what answers in its place or too late, as proxies and busy servers do. */
describe('influx: answers', function () {
  this.timeout(60_000);
  let server: InfluxServer | undefined;
  let proxy: AnsweringProxy;
  let port: number;
  let place: InfluxPlace;
  let store: InfluxHistoryStore;
  let number = 0;

  before(async function () {
    server = await requireInflux(this);
    proxy = new AnsweringProxy(server);
    port = await proxy.start();
    place = await server.bucket(port);
    store = await open();
  });
  after(async () => {
    proxy?.restore();
    await store?.stop();
    proxy?.stop();
    await server?.stop();
  });
  beforeEach(() => {
    number += 1;
  });
  afterEach(() => proxy?.restore());

  const batchAt = (sequence: number) => numberedBatch(number, sequence);
  const isWrite = ({ path }: Passing) => path.startsWith('/api/v2/write');

  async function open(options: Partial<Parameters<typeof influxStore>[0]> = {}): Promise<InfluxHistoryStore> {
    const opened = influxStore({ address: place, patience, rollups: never, ...options });
    await opened.start();
    return opened;
  }

  /** By a store that knows nothing but what lies in the server. */
  async function audit(batches: number, address = place): Promise<void> {
    proxy.restore();
    const next = await open({ address });
    await auditNumbered(next, number, batches);
    await next.stop();
  }

  /** Counted by the server itself, past the proxy. */
  async function counted(measurement: string): Promise<number> {
    const answer = await server!.query(`from(bucket: "${place.bucket}") |> ${everything}
      |> filter(fn: (r) => r._measurement == "${measurement}" and r.n == "${number}") |> group() |> count()`);
    return Number(/,_result,0,(?:[^\r\n]*,)?(\d+)\r/.exec(answer)?.[1] ?? 0);
  }

  /** Four million characters. */
  function longTexts(): string[] {
    return Array.from({ length: 200 }, (_, i) => `${i}:`.padEnd(20_000, 'x'));
  }

  /** A millisecond from one to the next. */
  function textBatch(sequence: number, values: string[]): AdmittedBatch {
    const block: SampleBlock<'text'> = {
      kind: 'text',
      count: values.length,
      tags: new Uint32Array(values.length).fill(number),
      sourceTimes: Float64Array.from(values, (_, i) => start + i),
      statuses: new Uint32Array(values.length),
      values,
    };
    return batchOf(sequence, [block], { gatewayId: `gateway-${number}` });
  }

  /** A gate that is shut until it is opened. */
  function gate(): { readonly opened: Promise<void>; open: () => void } {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { opened, open };
  }

  it('413: requests become smaller until they pass, and a row too large alone lies in quarantine with the reason', async () => {
    const refused: number[] = [];
    proxy.rule = (request) => {
      if (request.bytes <= proxyBytesMax) return request.forward();
      refused.push(request.bytes);
      return { status: 413, headers: { 'content-type': 'text/html' }, body: '<h1>413 Request Entity Too Large</h1>' };
    };
    const values = longTexts();
    values[77] = 'y'.repeat(1_100_000);
    await store.append([batchAt(0), textBatch(1, values)]);
    expect(refused.length).to.be.above(3);
    expect(await counted('samples_text')).to.equal(199);
    const tag = { number, kind: 'text' } as const;
    const { samples } = await store.samples({ tag, from: start, to: start + 1_000, limit: 1_000 });
    expect(samples.map(({ value }) => value)).to.deep.equal(values.filter((_, i) => i !== 77));
    const { records } = await store.quarantined({ limit: 10 });
    expect(records.map(({ code, sequence }) => [code, sequence])).to.deep.equal([['rows-refused', 0]]);
    expect(records[0]!.detail).to.equal('InfluxDB refuses 1 rows: 413, <h1>413 Request Entity Too Large</h1>');
    const line = Buffer.from(records[0]!.bytes).toString();
    expect(line.slice(0, 60)).to.match(new RegExp(`^samples_text,n=${number} v\\S+="yyy`));
    expect(line).to.have.length.above(1_100_000);
    expect((await store.watermarks()).filter(({ gatewayId }) => gatewayId === `gateway-${number}`)).to.deep.equal([
      { gatewayId: `gateway-${number}`, epoch: 1, first: 0, last: 1 },
    ]);
  });

  for (const part of ['a part of', 'all of']) {
    it(`413 and a reset amid the body, after ${part} the answer: requests become smaller at once`, async () => {
      const body = '<h1>413 Request Entity Too Large</h1>';
      const headers = { 'content-length': String(body.length) };
      proxy.rule = (request) => {
        if (request.bytes <= proxyBytesMax) return request.forward();
        return { status: 413, headers, body, cutAt: part === 'all of' ? body.length : 5 };
      };
      await store.append([textBatch(0, longTexts())]);
      expect(await counted('samples_text')).to.equal(200);
    });
  }

  it('a reset without an answer, again and again at one size: smaller requests, until one as large passes', async () => {
    const cut: number[] = [];
    proxy.rule = (request) => {
      if (request.bytes <= proxyBytesMax) return request.forward();
      cut.push(request.bytes);
      throw new Error('cut off');
    };
    const problem = await problemOf(store.append([textBatch(0, longTexts())]));
    expect([problem.code, problem.reaction]).to.deep.equal(['history-unavailable', 'retry']);
    await deliverTo(store, textBatch(0, longTexts()));
    expect(await counted('samples_text')).to.equal(200);
    // What has been learnt holds for the next, which needs no second try.
    await store.append([textBatch(1, longTexts())]);
    expect(await counted('samples_text')).to.equal(400);
    const sizes: number[] = [];
    proxy.rule = (request) => {
      sizes.push(request.bytes);
      return request.forward();
    };
    await store.append([textBatch(2, longTexts())]);
    expect(await counted('samples_text')).to.equal(600);
    expect(Math.max(...sizes)).to.equal(Math.max(...cut));
  });

  it('413 whatever the size: held with its reason, and stored when it passes again', async () => {
    await store.append([batchAt(0)]);
    proxy.rule = (request) => (isWrite(request) ? { status: 413, body: 'too large' } : request.forward());
    const problem = await problemOf(store.append([batchAt(1)]));
    expect([problem.code, problem.reaction, problem.status]).to.deep.equal(['history-refused', 'retry', 503]);
    expect((await store.health()).detail).to.equal('InfluxDB refuses a write: 413, too large');
    proxy.restore();
    await store.append([batchAt(1)]);
    await audit(2);
  });

  for (const status of [429, 503]) {
    it(`${status}: to come again when the server says, within a minute, and there once`, async () => {
      const now = Date.UTC(2026, 10, 27, 12);
      const date = new Date(now).toUTCString();
      const inHalfAMinute = new Date(now + 30_000).toUTCString();
      const asked: [Record<string, string>, number][] = [
        [{ 'retry-after': '7' }, 7_000],
        [{}, 1_000],
        [{ 'retry-after': '0' }, 1_000],
        [{ 'retry-after': '86400' }, 60_000],
        [{ 'retry-after': '9'.repeat(30) }, 60_000],
        [{ 'retry-after': inHalfAMinute, date }, 30_000],
        [{ 'retry-after': date, date: inHalfAMinute }, 1_000],
        [{ 'retry-after': 'soon' }, 1_000],
      ];
      for (const [sequence, [headers, waitMs]] of asked.entries()) {
        // The rows pass and the watermark does not: all of it is sent again.
        proxy.rule = async (request) => {
          const isWatermark = isWrite(request) && (await request.text()).startsWith('watermarks');
          return isWatermark ? { status, headers, body: 'busy' } : request.forward();
        };
        const problem = await problemOf(store.append([batchAt(sequence)]));
        expect([problem.code, problem.retryAfterMs], JSON.stringify(headers)).to.deep.equal([
          'history-unavailable',
          waitMs,
        ]);
        expect(problem.message).to.equal(`the history store is not available: InfluxDB answers ${status}, busy`);
        expect(await counted('samples_number')).to.equal((sequence + 1) * 10);
        proxy.restore();
        await store.append([batchAt(sequence)]);
      }
      expect(await counted('samples_number')).to.equal(asked.length * 10);
      await audit(asked.length);
    });
  }

  it('an answer that comes too late: stored, sent again, and there once', async () => {
    const late = gate();
    const hasty = await open({ patience: impatience });
    let answered = 0;
    proxy.rule = async (request) => {
      const answer = await request.forward();
      answered += 1;
      await late.opened;
      return answer;
    };
    const problem = await problemOf(hasty.append([batchAt(0)]));
    expect(problem.message).to.match(/InfluxDB has not answered within 0\.4 s$/);
    expect(await counted('samples_number')).to.equal(10);
    await problemOf(hasty.append([batchAt(0)]));
    late.open();
    proxy.restore();
    await deliverTo(hasty, batchAt(0), batchAt(1));
    expect(answered).to.be.above(1);
    expect(await counted('samples_number')).to.equal(20);
    await hasty.stop();
    await audit(2);
  });

  it('requests that reach the server long after they were given up: newer data stay as they are', async () => {
    const late = gate();
    const hasty = await open({ patience: impatience });
    const stale: Promise<unknown>[] = [];
    proxy.rule = async (request) => {
      // The body comes in while its sender is still there.
      await request.text();
      const arrived = late.opened.then(() => request.forward());
      stale.push(arrived);
      return arrived;
    };
    await problemOf(hasty.append([batchAt(0), batchAt(1)]));
    const held = stale.length;
    expect(held).to.be.above(0);
    proxy.rule = async (request) => {
      if (!isWrite(request) || !(await request.text()).startsWith('watermarks')) return request.forward();
      const arrived = late.opened.then(() => request.forward());
      stale.push(arrived);
      return arrived;
    };
    // Now the rows pass and the mark is held: it will say less than what is known by then.
    await problemOf(hasty.append([batchAt(0), batchAt(1)]));
    expect(stale.length).to.be.above(held);
    proxy.restore();
    await deliverTo(hasty, batchAt(0), batchAt(1), batchAt(2), batchAt(3));
    late.open();
    await Promise.all(stale);
    await deliverTo(hasty, batchAt(4));
    expect(await counted('samples_number')).to.equal(50);
    await hasty.stop();
    await audit(5);
  });

  it('killed between the requests of one append: all of it is there once after it', async () => {
    const batches = Array.from({ length: 4_500 }, (_, sequence) => batchAt(sequence));
    let writes = 0;
    proxy.rule = async (request) => {
      if (!isWrite(request) || (await request.text()).startsWith('dirty')) return request.forward();
      writes += 1;
      if (writes === 2) {
        await server!.restart();
        proxy.restore();
      }
      return writes === 1 ? request.forward() : { status: 502, body: 'restarted' };
    };
    const problem = await problemOf(store.append(batches));
    expect(problem.code).to.equal('history-unavailable');
    await deliverTo(store, ...batches);
    expect(await counted('samples_number')).to.equal(45_000);
    const tag = { number, kind: 'number' } as const;
    const [figures] = await store.statistics({ tags: [{ ...tag, holdMs: 1e6 }], from: start, to: start + 4e9 });
    expect([figures!.count, figures!.min, figures!.max]).to.deep.equal([45_000, 0, 44_999]);
  });

  it('an answer cut off in the middle is no shorter answer', async () => {
    for (const sequence of [0, 1]) await store.append([batchAt(sequence)]);
    const tag = { number, kind: 'number' } as const;
    const ask = () => store.samples({ tag, from: start, to: start + 1e9, limit: 100 });
    const whole = await ask();
    for (const part of [0, 0.3, 0.9]) {
      proxy.rule = async (request) => {
        const answer = await request.forward();
        return { ...answer, cutAt: Math.floor((answer.body ?? '').length * part) };
      };
      expect((await problemOf(ask())).code).to.equal('history-unavailable');
    }
    proxy.restore();
    expect(await ask()).to.deep.equal(whole);
    await audit(2);
  });

  it('the journal is not shortened while that is refused: nothing is forgotten, and it is told in clear words', async () => {
    const warned: string[] = [];
    const log = { ...silentLogger, warn: (fields: object) => void warned.push(JSON.stringify(fields)) };
    let deletes = 0;
    proxy.rule = (request) => {
      if (!request.path.startsWith('/api/v2/delete')) return request.forward();
      deletes += 1;
      return { status: 503, headers: { 'retry-after': '86400' }, body: 'compacting' };
    };
    const address = await server!.bucket(port);
    const eager = await open({ address, rollups: { ...never, lookMs: 5 }, log });
    for (const sequence of [0, 1]) await deliverTo(eager, batchAt(sequence));
    await until(() => deletes > 2);
    expect(warned.join()).to.include('the history store is not available: InfluxDB answers 503, compacting');
    const journal = `from(bucket: "${address.bucket}") |> ${everything} |> filter(fn: (r) => r._measurement == "dirty")`;
    expect(await server!.query(journal)).to.include(`:${number}`);
    proxy.restore();
    await until(async () => !(await server!.query(journal)).includes('_result'));
    await eager.stop();
    await audit(2, address);
  });
});
