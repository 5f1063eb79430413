import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import type { RowDoor } from '#cloud/doors/row-door';
import type { TopicMapping } from '#cloud/mqtt/json-payload';
import { PlainIntake } from '#cloud/mqtt/plain-intake';
import type { Reading } from '#cloud/mqtt/reading';
import { RowDelivery } from '#cloud/mqtt/row-delivery';

const reading: Reading = {
  ...{ source: 'plc', name: 'speed', type: 'float64', unit: '' },
  ...{ sourceTime: 1, status: 0, value: 1 },
};

describe('mqtt: readings for the door', () => {
  const count = 100_000;
  const mapping: TopicMapping = {
    ...{ topic: 'in/{line}', payload: 'json' as const, source: '{line}', tag: 'many' },
    ...{ time: 'ts', timeUnit: 'ms' as const, unit: '' },
  };
  const ways: Record<string, (delivery: RowDelivery) => Promise<void>> = {
    'in one list': (delivery) => delivery.deliver(new Array<Reading>(count).fill(reading), 'in/many'),
    'in pieces of a JSON list': (delivery) => {
      const options = { thingsBoard: undefined, answer: async () => {} };
      const intake = new PlainIntake({ delivery, topics: [mapping], ...options });
      const payload = Buffer.from(JSON.stringify(new Array(count).fill({ ts: 1, a: 1 })));
      return intake.take({ topic: 'in/many', payload, arrivedAt: 5, isRetained: false });
    },
  };

  for (const [way, given] of Object.entries(ways))
    it(`of one long message, ${way}, that is refused as a whole let others have their turn in between`, async () => {
      let writes = 0;
      let turnsBetween = 0;
      let turns = 0;
      /** Waits for nothing, and takes longer than a turn. */
      const write: RowDoor['write'] = async (_, rows) => {
        const until = performance.now() + 6;
        while (performance.now() < until);
        if (writes > 0 && turns > 0) turnsBetween += 1;
        turns = 0;
        writes += 1;
        return rows.map(() => ({ code: 'row-tags-too-many' as const, reason: 'no room' }));
      };
      const delivery = new RowDelivery({
        door: { write },
        origin: { tenantId: 'default', name: 'plant', maxSilentMs: 1_000 },
        clock: systemClock,
        random: () => 0.5,
        log: silentLogger,
      });
      let isOver = false;
      const others = (): void => {
        turns += 1;
        if (!isOver) setImmediate(others);
      };
      setImmediate(others);
      await given(delivery);
      isOver = true;
      expect(delivery.figures.rejected).to.equal(count);
      expect(writes).to.be.above(2);
      expect(turnsBetween).to.equal(writes - 1);
    });
});
