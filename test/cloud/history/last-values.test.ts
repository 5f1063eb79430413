import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import type { HistoryStore, HistoryTag, StoredSample } from '#cloud/history/history-store';
import { LastValues } from '#cloud/history/last-values';
import { numberBlock } from '../../contract/history-store.contract.js';

type Latest = HistoryStore['latest'];
type Row = StoredSample & { tag: number };

const empty: { latest: Latest } = { latest: async () => [] };

/** The newest of what it was given, as a history answers; `asked` is how many tags at once. */
function stored(rows: () => readonly Row[]) {
  const asked: (readonly HistoryTag[])[] = [];
  const latest: Latest = async (tags) => {
    asked.push(tags);
    const wanted = new Set(tags.map(({ number }) => number));
    return rows().filter(({ tag }) => wanted.has(tag));
  };
  return { latest, asked };
}

function textBlock(rows: readonly (readonly [tag: number, time: number, text: string])[]): SampleBlock<'text'> {
  return {
    kind: 'text',
    count: rows.length,
    tags: Uint32Array.from(rows, ([tag]) => tag),
    sourceTimes: Float64Array.from(rows, ([, time]) => time),
    statuses: new Uint32Array(rows.length),
    values: rows.map(([, , text]) => text),
  };
}

const row = (tag: number, sourceTime: number, value: Row['value']): Row => ({
  ...{ tag, sourceTime, value, status: 0, epoch: 1, sequence: 1 },
});

describe('last values', () => {
  it('keeps the newest by source time, whatever the order of arrival', () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 0, max: 20 }),
      fc.double({ noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 10 }), (blocks) => {
        const lastValues = new LastValues({ history: empty });
        const model = new Map<number, { sourceTime: number; value: number }>();
        for (const rows of blocks) {
          lastValues.fold({ blocks: [numberBlock(rows)] });
          for (const [tag, sourceTime, value] of rows) {
            if (sourceTime >= (model.get(tag)?.sourceTime ?? 0)) model.set(tag, { sourceTime, value });
          }
        }
        for (let tag = 0; tag <= 3001; tag += 1) {
          const expected = model.get(tag);
          expect(lastValues.newest(tag)).to.deep.equal(expected && { tag, status: 0, ...expected });
        }
      }),
    );
  });

  it('holds every kind exactly, and null where it is bad', () => {
    const lastValues = new LastValues({ history: empty });
    const one = { count: 1, sourceTimes: Float64Array.of(5), statuses: Uint32Array.of(0) };
    const blocks: SampleBlock[] = [
      { ...one, kind: 'integer64', tags: Uint32Array.of(1), values: BigInt64Array.of(-(2n ** 63n)) },
      { ...one, kind: 'unsigned64', tags: Uint32Array.of(2), values: BigUint64Array.of(2n ** 64n - 1n) },
      { ...one, kind: 'boolean', tags: Uint32Array.of(3), values: Uint8Array.of(0) },
      { ...one, kind: 'text', tags: Uint32Array.of(4), values: [''] },
      numberBlock([[5, 5, 7]]),
    ];
    lastValues.fold({ blocks });
    expect([1, 2, 3, 4, 5].map((tag) => keptValue(lastValues, tag))).to.deep.equal([
      -(2n ** 63n),
      2n ** 64n - 1n,
      false,
      '',
      7,
    ]);
    lastValues.fold({ blocks: blocks.map((block) => ({ ...block, statuses: Uint32Array.of(StatusCode.BadTimeout) })) });
    expect([1, 2, 3, 4, 5].map((tag) => keptValue(lastValues, tag))).to.deep.equal([null, null, null, null, null]);
  });

  it('is filled from the store and never overwritten by a backlog', async () => {
    const history = stored(() => [row(9, 50, 2), row(70_000, 60, 'on')]);
    const lastValues = new LastValues({ history });
    lastValues.fold({ blocks: [numberBlock([[9, 100, 1]])] });
    await lastValues.fill([
      { number: 9, kind: 'number' },
      { number: 70_000, kind: 'text' },
    ]);
    lastValues.fold({ blocks: [numberBlock([[9, 99, 3]])] });
    expect(lastValues.newest(9)).to.deep.equal({ tag: 9, sourceTime: 100, status: 0, value: 1 });
    expect(keptValue(lastValues, 70_000)).to.equal('on');
    expect(lastValues.newest(8)).to.equal(undefined);
    expect(lastValues.newest(1e6)).to.equal(undefined);
  });

  it('asks the store for few tags at once, of texts for very few', async () => {
    const tags = Array.from({ length: 52_000 }, (_, number): HistoryTag => {
      return { number, kind: number < 2_000 ? 'text' : 'integer64' };
    });
    const history = stored(() => []);
    await new LastValues({ history }).fill(tags);
    expect(history.asked.flat().map(({ number }) => number)).to.have.members(tags.map(({ number }) => number));
    for (const portion of history.asked) {
      expect(portion.length).to.be.at.most(portion.some(({ kind }) => kind === 'text') ? 500 : 20_000);
    }
  });

  describe('long texts', () => {
    const text = fc.tuple(fc.integer({ min: 190, max: 900 }), fc.constantFrom('a', '温', '\u{1f600}'));
    const change = fc.tuple(fc.nat(7), fc.nat(20), text);

    it('are in memory up to a bound, and each is told whole and newest all the same, filled from the store too', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 60 }), fc.nat(60), async (changes, before) => {
          const model = new Map<number, Row>();
          const history = stored(() => [...model.values()]);
          const bound = { longCharactersMax: 2_000 };
          let lastValues = new LastValues({ history, ...bound });
          for (const [place, [tag, time, [length, letter]]] of changes.entries()) {
            const value = `${place} ${letter.repeat(length)}`;
            if (time >= (model.get(tag)?.sourceTime ?? 0)) model.set(tag, row(tag, time, value));
            lastValues.fold({ blocks: [textBlock([[tag, time, value]])] });
            if (place !== before) continue;
            lastValues = new LastValues({ history, ...bound });
            await lastValues.fill(Array.from({ length: 8 }, (_, number) => ({ number, kind: 'text' })));
          }
          const kept = [...model.keys()]
            .map((tag) => keptValue(lastValues, tag))
            .filter((value) => value !== undefined);
          const long = kept.map((value) => String(value).length).filter((length) => length > 200);
          expect(long.reduce((sum, length) => sum + length, 0)).to.be.at.most(2_000);
          const read = await lastValues.read([0, 1, 2, 3, 4, 5, 6, 7]);
          const told = new Map([...read].map(([tag, { sourceTime, value }]) => [tag, { sourceTime, value }]));
          const wanted = [...model].map(([tag, { sourceTime, value }]) => [tag, { sourceTime, value }] as const);
          expect(told).to.deep.equal(new Map(wanted));
        }),
      );
    });

    const long = (letter: string): string => letter.repeat(300);

    it('are read once for all who ask together, and not at all where a newer sample has come', async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const history = stored(() => [row(1, 5, long('a')), row(2, 5, long('b'))]);
      const slow = { latest: async (tags: readonly HistoryTag[]) => gate.then(() => history.latest(tags)) };
      const lastValues = new LastValues({ history: slow, longCharactersMax: 500 });
      lastValues.fold({ blocks: [textBlock([[1, 5, long('a')]]), textBlock([[2, 5, long('b')]])] });
      expect(lastValues.newest(1)).to.deep.equal({ tag: 1, characters: 300 });
      const asked = [lastValues.read([1]), lastValues.read([1]), lastValues.read([1])];
      release();
      for (const read of await Promise.all(asked)) expect(read.get(1)?.value).to.equal(long('a'));
      expect(history.asked).to.have.length(1);
      const late = lastValues.read([2]);
      lastValues.fold({ blocks: [textBlock([[2, 6, 'short']])] });
      expect((await late).get(2)).to.deep.equal({ tag: 2, sourceTime: 6, status: 0, value: 'short' });
    });

    it('are told to be missing by an error where the history cannot be asked, and read by the next who asks', async () => {
      let fails = true;
      const history = {
        latest: async () => {
          if (fails) throw new Error('no disk');
          return [row(1, 5, long('a'))];
        },
      };
      const lastValues = new LastValues({ history, longCharactersMax: 0 });
      lastValues.fold({ blocks: [textBlock([[1, 5, long('a')]])] });
      const failure = await lastValues.read([1]).then(
        () => 'told',
        (error: unknown) => String(error),
      );
      expect(failure).to.equal('Error: no disk');
      fails = false;
      expect((await lastValues.read([1])).get(1)?.value).to.equal(long('a'));
    });
  });
});

/** Undefined also where the value is not in memory. */
function keptValue(lastValues: LastValues, tag: number): unknown {
  const newest = lastValues.newest(tag);
  return newest !== undefined && 'value' in newest ? newest.value : undefined;
}
