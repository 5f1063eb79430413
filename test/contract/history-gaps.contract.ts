import type { GapRecord } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import type { GapPage, HistoryStore, StoredGap } from '#cloud/history/history-store';
import { batchOf, type HistoryUnderTest } from './history-store.contract.ts';

const start = Date.UTC(2026, 10, 23);
/** Losses of one reason lie this far apart. */
const spacing = 20;

interface Told {
  readonly place: number;
  readonly width: number;
  readonly epoch: number;
}

function lossOf({ place, width }: Told): GapRecord {
  const first = place * spacing;
  const times = { fromTime: start + first, toTime: start + first + width };
  // One without sequences does not grow.
  if (place === 0) return { ...known, ...times, toTime: start + 5, fromSequence: -1, toSequence: -1 };
  return { ...known, ...times, fromSequence: first, toSequence: first + width };
}
const known = { samples: 5, reason: 'buffer-full', source: '' } as const;

/** What every history store promises of named losses: in order, page by page, each once. */
export function historyGapsContract(name: string, make: () => Promise<HistoryUnderTest>): void {
  describe(`history gaps contract: ${name}`, () => {
    let place: HistoryUnderTest;
    let store: HistoryStore;
    let gateways = 0;

    before(async () => {
      place = await make();
      store = place.open();
      await store.start();
    });
    after(async () => {
      await store.stop();
      await place.remove();
    });

    async function tell(told: readonly Told[]): Promise<string> {
      gateways += 1;
      const gatewayId = `gateway-${gateways}`;
      // Each in a batch of its own, as a loss travels that is told until its record has arrived.
      const batches = told.map((one, index) =>
        batchOf(index + 1, [], { gatewayId, epoch: one.epoch, ingestTime: start + index, gaps: [lossOf(one)] }),
      );
      await store.append(batches);
      return gatewayId;
    }

    async function pages(query: Omit<Parameters<HistoryStore['gaps']>[0], 'cursor'>): Promise<StoredGap[]> {
      const found: StoredGap[] = [];
      let page: GapPage | undefined;
      do {
        page = await store.gaps({ ...query, ...(page?.cursor === undefined ? {} : { cursor: page.cursor }) });
        expect(page.gaps.length).to.be.at.most(query.limit);
        if (page.cursor !== undefined) expect(page.gaps).to.have.length(query.limit);
        found.push(...page.gaps);
      } while (page.cursor !== undefined);
      return found;
    }

    it('gives each loss once, as it was when it had grown most, in either order and on pages of any size', async () => {
      const one = fc.record({
        place: fc.nat(6),
        width: fc.nat(spacing - 1),
        epoch: fc.integer({ min: 1, max: 2 }),
      });
      const asked = fc.record({
        told: fc.array(one, { maxLength: 30 }),
        limit: fc.integer({ min: 1, max: 8 }),
        order: fc.constantFrom('oldest', 'newest'),
        from: fc.nat(60),
        span: fc.integer({ min: 1, max: 200 }),
      });
      await fc.assert(
        fc.asyncProperty(asked, async ({ told, limit, order, from, span }) => {
          const gatewayId = await tell(told);
          const range = { from: start + from, to: start + from + span };
          const found = await pages({ gatewayIds: [gatewayId], ...range, limit, order });
          const widest = new Map<string, GapRecord>();
          for (const each of told) {
            const loss = lossOf(each);
            if (loss.toTime < range.from || loss.fromTime >= range.to) continue;
            const identity = `${each.epoch} ${each.place}`;
            if ((widest.get(identity)?.toSequence ?? -2) < loss.toSequence) widest.set(identity, loss);
          }
          const bare = found.map(({ gatewayId: _, epoch, ingestTime: __, ...loss }) => ({ epoch, ...loss }));
          expect(bare).to.have.deep.members(
            [...widest].map(([identity, loss]) => ({ epoch: Number(identity[0]), ...loss })),
          );
          const times = found.map((gap) => (order === 'newest' ? -gap.toTime : gap.fromTime));
          expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
        }),
        { numRuns: 25 },
      );
    });

    it('begins with the oldest unless told, and knows the newest of more than anybody reads', async () => {
      const told = Array.from({ length: 300 }, (_, n) => ({ place: n + 1, width: 1, epoch: 1 }));
      const query = { gatewayIds: [await tell(told)], from: 0, to: start * 2, limit: 2 };
      const firsts = (page: GapPage) => page.gaps.map(({ fromSequence }) => fromSequence / spacing);
      expect(firsts(await store.gaps(query))).to.deep.equal([1, 2]);
      const newest = await store.gaps({ ...query, order: 'newest' });
      expect(firsts(newest)).to.deep.equal([300, 299]);
      expect(firsts(await store.gaps({ ...query, order: 'newest', cursor: newest.cursor! }))).to.deep.equal([298, 297]);
    });

    it('keeps each of thousands that came in one batch', async () => {
      const gaps: GapRecord[] = Array.from({ length: 5_000 }, (_, n) => ({
        fromSequence: 2 * n + 2,
        toSequence: 2 * n + 2,
        fromTime: start + n,
        toTime: start + n + 1,
        samples: n % 9,
        reason: n % 2 === 0 ? 'buffer-full' : 'agent-killed',
        source: n % 3 === 0 ? '' : "plc '3",
      }));
      await store.append([batchOf(1, [], { gatewayId: 'gateway-many', gaps })]);
      const found = await pages({ gatewayIds: ['gateway-many'], from: 0, to: start * 2, limit: 2_000 });
      expect(found).to.deep.equal(
        gaps.map((gap) => ({ ...gap, gatewayId: 'gateway-many', epoch: 1, ingestTime: start })),
      );
    });

    it('gives those it has heard of since a time, whenever the loss was', async () => {
      const told = Array.from({ length: 6 }, (_, n) => ({ place: 6 - n, width: 1, epoch: 1 }));
      const query = { gatewayIds: [await tell(told)], from: 0, to: start * 2, limit: 2 };
      for (const order of ['oldest', 'newest'] as const) {
        const found = await pages({ ...query, order, heardFrom: start + 3 });
        const places = found.map(({ fromSequence }) => fromSequence / spacing);
        expect(places).to.deep.equal(order === 'oldest' ? [1, 2, 3] : [3, 2, 1]);
      }
    });

    it('refuses a cursor it has not given, or that is of the other order', async () => {
      const query = { gatewayIds: [await tell([1, 2].map((at) => ({ place: at, width: 1, epoch: 1 })))], limit: 1 };
      const { cursor } = await store.gaps({ ...query, from: 0, to: start * 2 });
      for (const wrong of ['', 'oldest', "oldest.1.1'--", 'oldest.1', `${cursor}.1`, cursor!.replace('old', 'new')]) {
        const problem = await store.gaps({ ...query, from: 0, to: start * 2, order: 'oldest', cursor: wrong }).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(problem, wrong).to.include({ code: 'cursor-invalid', status: 400 });
      }
    });
  });
}
