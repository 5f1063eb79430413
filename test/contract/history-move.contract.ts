import { randomBytes } from 'node:crypto';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import type { QuarantineRecord } from '#cloud/history/history-store';
import { type MovableHistory, stretchMs } from '#cloud/history/movable-history';
import { batchOf, type HistoryUnderTest, numberBlock, problemOf, start } from './history-store.contract.js';

/** What a history promises that moves; see `cloud/history/movable-history.ts`. */
export function historyMoveContract(name: string, make: () => Promise<HistoryUnderTest>): void {
  describe(`history move contract: ${name}`, () => {
    let place: HistoryUnderTest;
    let store: MovableHistory;
    const tag = { number: 7, kind: 'number' } as const;

    beforeEach(async () => {
      place = await make();
      store = place.open();
      await store.start();
    });
    afterEach(async () => {
      await store.stop();
      await place.remove();
    });

    async function reopen(): Promise<void> {
      await store.stop();
      store = place.open();
      await store.start();
    }

    it('gives back what was put aside, each once, page by page', async () => {
      const place = { gatewayId: 'gate way/"1"', epoch: 1, sequence: 9, ingestTime: start, code: 'batch-undecodable' };
      const one = { ...place, detail: 'it\'s "broken" \\', bytes: new Uint8Array(randomBytes(900_000)) };
      const other = { ...place, gatewayId: 'b', ingestTime: start + 1, detail: '', bytes: new Uint8Array() };
      const last = { ...other, sequence: 10, detail: '坏', bytes: Uint8Array.of(0, 255) };
      const mark = { gatewayId: 'mover', epoch: 1, first: 1, last: 1 };
      await store.quarantine(one);
      await store.restore({ batches: [], known: [mark], quarantine: [{ ...other, place: 7 }] });
      await store.restore({
        batches: [],
        known: [{ ...mark, first: 2, last: 2 }],
        quarantine: [{ ...last, place: 8 }],
      });
      await reopen();
      const found: QuarantineRecord[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.quarantined({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.records);
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found).to.deep.equal([one, other, last]);
    });

    it('tells how much there is in five days each, never too little, and the same again', async () => {
      const stretch = Math.floor(start / stretchMs) * stretchMs;
      const text = { kind: 'text', count: 2, tags: Uint32Array.of(8, 8), statuses: Uint32Array.of(0, 0) } as const;
      const times = Float64Array.of(stretch - 1, stretch);
      const uncertain = StatusCode.UncertainLastUsableValue;
      const rows = [0, 1, 2, 3].map(
        (n) => [7, stretch + n, n, n === 0 ? uncertain : n === 1 ? StatusCode.BadTimeout : 0] as const,
      );
      await store.append([batchOf(1, [numberBlock(rows), { ...text, sourceTimes: times, values: ['', 'a'] }])]);
      await store.append([
        batchOf(2, [
          numberBlock([
            [7, stretch + stretchMs, 5],
            [9, stretch, 1],
          ]),
        ]),
      ]);
      const tags = [tag, { number: 8, kind: 'text' }, { number: 10, kind: 'boolean' }] as const;
      const asked = async (from: number) =>
        (await store.amounts({ tags, from })).toSorted((a, b) => a.tag - b.tag || a.from - b.from);
      const found = await asked(0);
      const [first] = found.splice(0, 1);
      expect(first).to.include({ tag: 7, from: stretch });
      expect(first!.samples).to.be.within(4, 8);
      expect(found).to.deep.equal([
        { tag: 7, from: stretch + stretchMs, samples: 1 },
        { tag: 8, from: stretch - stretchMs, samples: 1 },
        { tag: 8, from: stretch, samples: 1 },
      ]);
      expect(await asked(stretch + stretchMs)).to.deep.equal([found[0]]);
      await reopen();
      expect(await asked(0)).to.deep.equal([first, ...found]);
    });

    it('knows what another store had forgotten, and never answers with nothing for it', async () => {
      const day = 86_400_000;
      const noon = start + day / 2;
      await store.append([batchOf(1, [numberBlock([[7, noon, 1]])])]);
      const mark = { gatewayId: 'mover', epoch: 1, first: 1, last: 1 };
      const classes = ['samples', 'minutes', 'hours', 'days'] as const;
      const expired = classes.map((what) => ({ what, tag: 7, before: start }));
      await store.restore({ batches: [], known: [mark], expired });
      await reopen();
      expect(await store.expired()).to.deep.equal(expired);
      const [gone, kept] = [start - day, start].map((from) => ({
        tag,
        tags: [{ ...tag, holdMs: 0 }],
        from,
        to: start + day,
      }));
      const reads = [
        (range: typeof gone) => store.samples({ ...range!, limit: 10 }),
        (range: typeof gone) => store.series({ ...range!, points: 2 }),
        (range: typeof gone) => store.columns({ ...range!, before: false }),
        (range: typeof gone) => store.trend({ ...range!, points: 2 }),
        (range: typeof gone) => store.statistics(range!),
      ];
      for (const read of reads) {
        const { code, status } = await problemOf(read(gone));
        expect([code, status]).to.deep.equal(['history-expired', 410]);
        await read(kept);
      }
      await store.samples({ tag: { ...tag, number: 8 }, from: 0, to: noon, limit: 10 });
    });
  });
}
