import { expect } from 'chai';
import fc from 'fast-check';
import { RepeatedRows } from '#cloud/doors/repeated-rows';
import type { NumberedRow } from '#cloud/doors/row-columns';
import type { HistoryStore } from '#cloud/history/history-store';

type Asked = Pick<HistoryStore, 'samples' | 'firstPages' | 'latest'>;

/** What a history answers, from a list; counts how often it is asked. */
class ListedHistory {
  readonly rows: NumberedRow[] = [];
  asked = 0;

  /** Pages of at most `pageMax`. */
  readonly #pageMax: number;

  constructor(pageMax = 5_000) {
    this.#pageMax = pageMax;
  }

  samples: Asked['samples'] = async ({ tag, from, to, cursor, limit }) => {
    this.asked += 1;
    const own = this.rows
      .filter((row) => row.tag === tag.number && row.sourceTime >= from && row.sourceTime < to)
      .sort((a, b) => a.sourceTime - b.sourceTime);
    const begin = Number(cursor ?? 0);
    const end = begin + Math.min(limit, this.#pageMax);
    const samples = own.slice(begin, end).map((row) => ({ ...row, epoch: 1, sequence: 0 }));
    return end < own.length ? { samples, cursor: String(end) } : { samples };
  };

  firstPages: Asked['firstPages'] = async (queries) => {
    const before = this.asked;
    const pages = await Promise.all(queries.map((query) => this.samples(query)));
    this.asked = before + 1;
    return pages;
  };

  latest: Asked['latest'] = async (tags) => {
    const newest = new Map<number, NumberedRow>();
    for (const one of this.rows) if ((newest.get(one.tag)?.sourceTime ?? -1) < one.sourceTime) newest.set(one.tag, one);
    return tags.flatMap(({ number }) => {
      const row = newest.get(number);
      return row === undefined ? [] : [{ ...row, epoch: 1, sequence: 0 }];
    });
  };
}

const tagOf = ({ tag }: NumberedRow) => ({ number: tag, kind: 'number' as const });
const row = fc.record({
  tag: fc.integer({ min: 1, max: 3 }),
  kind: fc.constant('number' as const),
  sourceTime: fc.integer({ min: 0, max: 8 }),
  status: fc.constant(0),
  value: fc.integer({ min: 0, max: 2 }),
});
const steps = fc.array(
  fc.record({ rows: fc.array(row, { maxLength: 6 }), stores: fc.boolean(), restarts: fc.boolean() }),
);

describe('doors: rows that come again', () => {
  it('stores each row once, whatever was forgotten, however a store failed or the service began anew', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 5 }), async (all, rememberedMax) => {
        const history = new ListedHistory(2);
        const expected = new Set<string>();
        let repeated = new RepeatedRows(history, { rememberedMax });
        for (const { rows, stores, restarts } of all) {
          if (restarts) repeated = new RepeatedRows(history, { rememberedMax });
          const fresh = await repeated.fresh(rows, tagOf);
          if (!stores) continue;
          history.rows.push(...fresh);
          repeated.keep(fresh);
          for (const one of rows) expected.add(JSON.stringify(one));
        }
        const stored = history.rows.map((one) => JSON.stringify(one));
        expect(new Set(stored)).to.deep.equal(expected);
        expect(stored).to.have.length(expected.size);
      }),
    );
  });

  it('asks the history nothing for what came a moment ago', async () => {
    const history = new ListedHistory();
    const repeated = new RepeatedRows(history);
    const rows = Array.from({ length: 5_000 }, (_, tag) => ({
      ...{ tag, kind: 'number' as const, status: 0 },
      ...{ sourceTime: 1_000, value: tag },
    }));
    const fresh = await repeated.fresh(rows, tagOf);
    history.rows.push(...fresh);
    repeated.keep(fresh);
    expect(await repeated.fresh(rows, tagOf)).to.deep.equal([]);
    const anew = new RepeatedRows(history);
    expect(await anew.fresh(rows, tagOf)).to.deep.equal([]);
    expect(history.asked).to.equal(0);
  });

  it('looks up what is old once for the requests that follow', async () => {
    const history = new ListedHistory();
    for (let time = 0; time < 100; time += 1)
      history.rows.push({ tag: 1, kind: 'number', status: 0, sourceTime: time, value: time });
    const repeated = new RepeatedRows(history);
    for (let time = 0; time < 100; time += 1) {
      expect(await repeated.fresh(history.rows.slice(time, time + 1), tagOf)).to.deep.equal([]);
      if (time === 0) history.asked = 0;
    }
    expect(history.asked).to.equal(0);
  });

  it('looks up what is old of many tags in one question', async () => {
    const history = new ListedHistory();
    for (let tag = 0; tag < 50; tag += 1)
      for (const sourceTime of [1, 2, 3])
        history.rows.push({ tag, kind: 'number', status: 0, sourceTime, value: sourceTime });
    const old = history.rows.filter(({ sourceTime }) => sourceTime === 1);
    expect(await new RepeatedRows(history).fresh(old, tagOf)).to.deep.equal([]);
    expect(history.asked).to.equal(1);
  });

  it('forgets what was looked up when late rows have made too much of it', async () => {
    const history = new ListedHistory();
    const rowOf = (tag: number, sourceTime: number) => ({
      ...{ tag, kind: 'number' as const, status: 0 },
      ...{ sourceTime, value: sourceTime },
    });
    const newest = [1, 2].map((tag) => rowOf(tag, 1_000));
    const late = Array.from({ length: 20 }, (_, time) => rowOf(1, time));
    history.rows.push(...newest);
    const repeated = new RepeatedRows(history, { rememberedMax: 10 });
    const fresh = await repeated.fresh(late, tagOf);
    expect(fresh).to.deep.equal(late);
    history.rows.push(...fresh);
    repeated.keep(fresh);
    expect(await repeated.fresh([rowOf(2, 5)], tagOf)).to.have.length(1);
    const askedBefore = history.asked;
    expect(await repeated.fresh(late, tagOf)).to.deep.equal([]);
    expect(history.asked).to.be.above(askedBefore);
  });
});
