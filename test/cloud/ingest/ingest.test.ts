import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import { encodeBatch, encodeDeflated } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { AdmittedBatch, HistoryStore, HistoryTag, QuarantineRecord } from '#cloud/history/history-store';
import type { Committed } from '#cloud/ingest/committed';
import { Ingest, type IngestLimits } from '#cloud/ingest/ingest';
import { sweepBlock } from '#test/kit/batches';
import { numberBlock } from '../../contract/history-store.contract.js';

const gateway = { gatewayId: 'gateway-1', tenantId: 'tenant-1' };
const start = Date.UTC(2026, 10, 23);
const tagMap = new Map<number, HistoryTag>([
  [1, { number: 101, kind: 'number' }],
  [2, { number: 102, kind: 'text' }],
  [3, { number: 103, kind: 'integer64' }],
]);
const tag = { number: 101, kind: 'number' } as const;
const all = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1000 };

function batchBytes(sequence: number, blocks: readonly SampleBlock[], gaps: readonly GapRecord[] = []): Uint8Array {
  return encodeBatch({ epoch: 1, sequence, blocks, gaps });
}
const one = (sequence: number): Uint8Array => batchBytes(sequence, [numberBlock([[1, start + sequence, sequence]])]);

/** The real store, with what passes through it noted and its appends held back or failed at will. */
class WatchedStore {
  readonly appends: (readonly AdmittedBatch[])[] = [];
  readonly quarantined: QuarantineRecord[] = [];
  hold: Promise<void> = Promise.resolve();
  failure: Problem | undefined;
  readonly store: HistoryStore;

  constructor(inner: HistoryStore) {
    this.store = new Proxy(inner, {
      get: (target, name: keyof HistoryStore) => {
        if (name === 'append') return (batches: readonly AdmittedBatch[]) => this.#append(target, batches);
        if (name === 'quarantine') return (record: QuarantineRecord) => this.#quarantine(target, record);
        return target[name].bind(target);
      },
    });
  }

  async #append(inner: HistoryStore, batches: readonly AdmittedBatch[]): Promise<void> {
    await this.hold;
    if (this.failure !== undefined) throw this.failure;
    this.appends.push(batches);
    await inner.append(batches);
  }

  async #quarantine(inner: HistoryStore, record: QuarantineRecord): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.quarantined.push(record);
    await inner.quarantine(record);
  }
}

describe('ingest', () => {
  let folder: string;
  let history: DuckdbHistoryStore;
  let watched: WatchedStore;
  let ingest: Ingest;
  let committed: Committed[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ingest-'));
    history = new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
    await history.start();
    watched = new WatchedStore(history);
    await open();
  });
  afterEach(async () => {
    await ingest.stop();
    await history.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(limits: Partial<IngestLimits> = {}): Promise<void> {
    ingest = new Ingest({ history: watched.store, clock: systemClock, log: silentLogger, limits });
    committed = [];
    ingest.committed.on((one) => void committed.push(one));
    await ingest.start();
  }
  const receive = (sequence: number, bytes: Uint8Array) =>
    ingest.receive(gateway, tagMap, { epoch: 1, sequence }, bytes);
  const values = async (): Promise<unknown[]> =>
    (await history.samples({ tag, ...all })).samples.map((sample) => sample.value);

  it('stores under the history numbers and tells it after durability', async () => {
    expect(await receive(1, one(1))).to.deep.equal({ outcome: 'stored' });
    expect(await values()).to.deep.equal([1]);
    expect(committed).to.have.length(1);
    expect(committed[0]).to.deep.include(gateway);
    expect([...committed[0]!.blocks[0]!.tags]).to.deep.equal([101]);
    expect(ingest.stored('gateway-1', 1)).to.deep.equal([[1, 1]]);
    expect(ingest.stored('gateway-2', 1)).to.deep.equal([]);
    expect(ingest.stats()).to.deep.include({ batches: 1, samples: 1, pendingBytes: 0 });
  });

  it('recognises a duplicate at once, while under way, and after a restart', async () => {
    const answers = await Promise.all([receive(1, one(1)), receive(1, one(1)), receive(2, one(2))]);
    expect(answers.map(({ outcome }) => outcome)).to.deep.equal(['stored', 'duplicate', 'stored']);
    expect(await receive(2, one(2))).to.deep.equal({ outcome: 'duplicate' });
    await ingest.stop();
    await open();
    expect(await receive(1, one(1))).to.deep.equal({ outcome: 'duplicate' });
    expect(ingest.stored('gateway-1', 1)).to.deep.equal([[1, 2]]);
    expect(watched.appends.flat()).to.have.length(2);
    expect(await values()).to.deep.equal([1, 2]);
    const other = await ingest.receive(
      { ...gateway, gatewayId: 'gateway-2' },
      tagMap,
      { epoch: 1, sequence: 1 },
      one(1),
    );
    expect(other.outcome).to.equal('stored');
  });

  it('commits many batches at once, each answered for itself', async () => {
    const sequences = Array.from({ length: 200 }, (_, i) => i + 1);
    const answers = await Promise.all(sequences.map((sequence) => receive(sequence, one(sequence))));
    expect(new Set(answers.map(({ outcome }) => outcome))).to.deep.equal(new Set(['stored']));
    expect(watched.appends.length).to.be.lessThan(20);
    expect(await values()).to.deep.equal(sequences);
    expect(committed).to.have.length(200);
    const { commitLatency } = ingest.stats();
    expect(commitLatency.counts.reduce((sum, count) => sum + count)).to.equal(200);
  });

  it('answers retry when the store fails, and stores the same batch later, once', async () => {
    watched.failure = new Problem({
      code: 'history-unavailable',
      detail: 'away',
      advice: '-',
      reaction: 'retry',
      retryAfterMs: 123,
    });
    const failed = await Promise.all([receive(1, one(1)), receive(1, one(1))]);
    for (const answer of failed) {
      expect(answer).to.deep.equal({
        outcome: 'retry',
        retryAfterMs: 123,
        code: 'history-unavailable',
        detail: 'away',
      });
    }
    expect(await receive(2, Uint8Array.of(1, 2, 3))).to.deep.include({ outcome: 'retry' });
    expect(committed).to.deep.equal([]);
    watched.failure = undefined;
    expect(await receive(1, one(1))).to.deep.equal({ outcome: 'stored' });
    expect(await values()).to.deep.equal([1]);
  });

  it('answers retry rather than holding more than its bound', async () => {
    await ingest.stop();
    await open({ pendingBytesMax: 3 * one(1).length, groupDelayMs: 1 });
    let release: () => void = () => {};
    watched.hold = new Promise((resolve) => {
      release = resolve;
    });
    const early = [1, 2, 3].map((sequence) => receive(sequence, one(sequence)));
    const late = await receive(4, one(4));
    expect(late).to.deep.include({ outcome: 'retry', code: 'ingest-busy' });
    release();
    expect((await Promise.all(early)).map(({ outcome }) => outcome)).to.deep.equal(['stored', 'stored', 'stored']);
    expect(await receive(4, one(4))).to.deep.equal({ outcome: 'stored' });
    expect(ingest.stats().pendingBytes).to.equal(0);
  });

  it('counts what a deflated batch inflates to against its bound', async () => {
    const blocks = [sweepBlock(() => 1)];
    const long = await encodeDeflated({ epoch: 1, sequence: 1, blocks, gaps: [] });
    expect(long.length).to.be.lessThan(2_000);
    await ingest.stop();
    await open({ pendingBytesMax: 2_000, groupDelayMs: 1 });
    expect(await receive(1, long)).to.deep.include({ outcome: 'retry', code: 'ingest-busy' });
    expect(await receive(2, one(2))).to.deep.equal({ outcome: 'stored' });
    expect(ingest.stats().pendingBytes).to.equal(0);
  });

  it('leaves out what cannot be true, keeps the rest, and quarantines the bytes once', async () => {
    const farAhead = Date.now() + 11 * 366 * 86_400_000;
    const bytes = batchBytes(1, [
      numberBlock([
        [1, start, 1],
        [99, start, 2],
        [1, farAhead, 3],
        [1, start + 4, 4],
        [2, start, 5],
      ]),
      {
        kind: 'text',
        count: 2,
        tags: Uint32Array.of(2, 1),
        sourceTimes: Float64Array.of(start, start),
        statuses: new Uint32Array(2),
        values: ['good', 'wrong kind'],
      },
      {
        kind: 'integer64',
        count: 1,
        tags: Uint32Array.of(3),
        sourceTimes: Float64Array.of(start),
        statuses: new Uint32Array(1),
        values: BigInt64Array.of(2n ** 62n),
      },
    ]);
    expect(await receive(1, bytes)).to.deep.equal({ outcome: 'stored' });
    expect(await values()).to.deep.equal([1, 4]);
    const text = await history.samples({ tag: { number: 102, kind: 'text' }, ...all });
    expect(text.samples.map((sample) => sample.value)).to.deep.equal(['good']);
    const wide = await history.samples({ tag: { number: 103, kind: 'integer64' }, ...all });
    expect(wide.samples.map((sample) => sample.value)).to.deep.equal([2n ** 62n]);
    expect(watched.quarantined).to.have.length(1);
    expect(watched.quarantined[0]).to.deep.include({ code: 'rows-left-out', sequence: 1 });
    expect([...watched.quarantined[0]!.bytes]).to.deep.equal([...bytes]);
    expect(watched.quarantined[0]!.detail)
      .to.match(/1 × undeclared tag/)
      .and.match(/2 × value of another type/);
    expect(ingest.stats()).to.deep.include({ samples: 4, rejectedSamples: 4, quarantined: 1, refused: 0 });
  });

  it('leaves out a text that cannot be a value, keeps its neighbours', async () => {
    const values = ['a\0b', 'x'.repeat(65_536), 'x'.repeat(65_537), ''];
    const block: SampleBlock = {
      kind: 'text',
      count: values.length,
      tags: new Uint32Array(values.length).fill(2),
      sourceTimes: Float64Array.from(values, (_, place) => start + place),
      statuses: new Uint32Array(values.length),
      values,
    };
    expect(await receive(1, batchBytes(1, [block]))).to.deep.equal({ outcome: 'stored' });
    const { samples } = await history.samples({ tag: { number: 102, kind: 'text' }, ...all });
    expect(samples.map(({ value }) => value)).to.deep.equal([values[0], values[1], values[3]]);
    expect(watched.quarantined[0]!.detail).to.equal('1 × text that cannot be a value');
  });

  it('turns a number that is none into a bad sample', async () => {
    const bytes = batchBytes(1, [
      numberBlock([
        [1, start, Number.NaN],
        [1, start + 1, -Infinity, StatusCode.UncertainLastUsableValue],
        [1, start + 2, 2, StatusCode.BadTimeout],
      ]),
    ]);
    expect(await receive(1, bytes)).to.deep.equal({ outcome: 'stored' });
    const { samples } = await history.samples({ tag, ...all });
    expect(samples.map(({ value, status }) => [value, status])).to.deep.equal([
      [null, StatusCode.BadOutOfRange],
      [null, StatusCode.BadOutOfRange],
      [null, StatusCode.BadTimeout],
    ]);
    expect(watched.quarantined).to.deep.equal([]);
  });

  it('refuses what it cannot read or what lies about its name, bytes kept, and goes on', async () => {
    const deflated = await encodeDeflated({ epoch: 1, sequence: 5, blocks: [sweepBlock((row) => row)], gaps: [] });
    const poison: [Uint8Array, string][] = [
      [deflated.subarray(0, -40), 'batch-undecodable'],
      [new Uint8Array(0), 'batch-undecodable'],
      [Uint8Array.of(255, 255, 255, 255), 'batch-undecodable'],
      [one(5).subarray(0, one(5).length - 3), 'batch-undecodable'],
      [one(77), 'batch-misnamed'],
      [encodeBatch({ epoch: 2, sequence: 5, blocks: [], gaps: [] }), 'batch-misnamed'],
    ];
    for (const [bytes, code] of poison) {
      expect(await receive(5, bytes)).to.deep.include({ outcome: 'refused', code });
    }
    expect(watched.quarantined.map((record) => record.code)).to.deep.equal(poison.map(([, code]) => code));
    expect(await receive(5, one(5))).to.deep.equal({ outcome: 'stored' });
    expect(ingest.stats()).to.deep.include({ refused: 6, batches: 1 });
  });

  it('stores gap records, and an empty batch moves the watermark', async () => {
    const gap: GapRecord = {
      fromSequence: -1,
      toSequence: -1,
      fromTime: start,
      toTime: start + 9,
      samples: 4,
      reason: 'source-queue-overflow',
      source: 'line-2',
    };
    const untrue = { ...gap, reason: 'because' as GapRecord['reason'] };
    expect(await receive(1, batchBytes(1, [], [gap, untrue, { ...gap, fromTime: Number.NaN }]))).to.deep.equal({
      outcome: 'stored',
    });
    expect(await receive(2, batchBytes(2, []))).to.deep.equal({ outcome: 'stored' });
    const { gaps } = await history.gaps({ gatewayIds: ['gateway-1'], from: 0, to: start * 2, limit: 10 });
    expect(gaps).to.have.length(1);
    expect(gaps[0]).to.deep.include({ ...gap, gatewayId: 'gateway-1', epoch: 1 });
    expect(watched.quarantined).to.have.length(1);
    expect(ingest.stored('gateway-1', 1)).to.deep.equal([[1, 2]]);
  });

  it('keeps the loss whose times or source make no sense, as what can be shown', async () => {
    const loss = { fromSequence: -1, toSequence: -1, samples: 4, reason: 'source-queue-overflow' } as const;
    const odd = { ...loss, fromTime: -9e15, toTime: 9e15, source: 'a\0b' };
    expect(await receive(1, batchBytes(1, [], [odd]))).to.deep.equal({ outcome: 'stored' });
    const { gaps } = await history.gaps({ gatewayIds: ['gateway-1'], from: 0, to: start * 2, limit: 10 });
    expect(gaps.map(({ fromTime, source }) => [fromTime, source])).to.deep.equal([[0, '']]);
    expect(gaps[0]!.toTime).to.be.within(start, Date.now() + 11 * 366 * 86_400_000);
    expect(watched.quarantined).to.deep.equal([]);
  });

  it('answers everything under way before it stops, and nothing after', async () => {
    const under = [1, 2, 3].map((sequence) => receive(sequence, one(sequence)));
    await sleep(systemClock, 0);
    await ingest.stop();
    expect((await Promise.all(under)).map(({ outcome }) => outcome)).to.deep.equal(['stored', 'stored', 'stored']);
    expect(await receive(4, one(4))).to.deep.include({ outcome: 'retry', code: 'ingest-stopping' });
    expect(await values()).to.deep.equal([1, 2, 3]);
  });
});
