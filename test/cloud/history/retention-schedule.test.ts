import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import type { AuditEntry } from '#cloud/access/audit-trail';
import { loadCloudConfig } from '#cloud/config';
import type { RetentionOrder } from '#cloud/history/retention';
import { RetentionSchedule } from '#cloud/history/retention-schedule';
import type { Records } from '#cloud/records/records';
import { FakeClock } from '../../kit/fake-clock.js';

const tagsOf: Record<string, number[]> = { qingdao: [3, 5], other: [4] };
const records = {
  tags: {
    find: ({ tenantId }: { tenantId: string }) => ({
      select: () => ({ lean: () => Promise.resolve(tagsOf[tenantId]!.map((number) => ({ number }))) }),
    }),
  },
} as unknown as Pick<Records, 'tags'>;

/** On to a time, and until what began then is through. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms);
  await sleep(systemClock, 5);
}

describe('retention schedule', () => {
  const orders: RetentionOrder[] = [];
  const audited: AuditEntry[] = [];
  const clock = new FakeClock();
  const day = Date.UTC(2026, 10, 1);
  const history = {
    retain: (order: RetentionOrder) => {
      orders.push(order);
      const all = { name: undefined, what: 'samples', firstDay: day, lastDay: day + 86_400_000, days: 2 } as const;
      return Promise.resolve(orders.length === 1 ? [all, { ...all, name: 'qingdao', what: 'hours' } as const] : []);
    },
  };
  const options = {
    history,
    records,
    audit: { note: (entry: AuditEntry) => Promise.resolve(void audited.push(entry)) },
    retention: { samples: 90 },
    tenants: { qingdao: { retention: { samples: 30, hours: 60 } } },
    homeTenantId: 'default',
    clock,
    log: silentLogger,
  };

  it('orders each tenant its own hour by hour, tells its audit and counts', async () => {
    const schedule = new RetentionSchedule(options);
    await schedule.start();
    expect(orders).to.deep.equal([]);
    await pass(clock, 60_000);
    const rule = { name: 'qingdao', tags: [3, 5], keep: { samples: 30, hours: 60 } };
    expect(orders).to.deep.equal([{ keep: { samples: 90 }, rules: [rule] }]);
    expect(audited.map(({ tenantId, action, object, detail }) => [tenantId, action, object, detail])).to.deep.equal([
      ['default', 'history-remove', 'samples', '2026-11-01 to 2026-11-02'],
      ['qingdao', 'history-remove', 'hours', '2026-11-01 to 2026-11-02'],
    ]);
    expect(schedule.removedDays).to.deep.equal({ samples: 2, minutes: 0, hours: 2, days: 0 });
    await pass(clock, 3_600_000);
    await schedule.stop();
    await pass(clock, 3_600_000);
    expect(orders).to.have.length(2);
  });

  it('is refused where coarse figures would go before fine ones', () => {
    const load = (text: string) => () => loadCloudConfig({ file: 'cloud.yaml', text, env: {} });
    expect(load('history: { retention: { samples: 30, minutes: 400 } }')().history.retention).to.deep.equal({
      samples: 30,
      minutes: 400,
    });
    const faults = (text: string) => {
      try {
        load(text)();
      } catch (error) {
        return (error as Problem).places?.map(({ where, what }) => `${where}: ${what}`).join();
      }
    };
    expect(faults('history: { retention: { samples: 30, hours: 7 } }')).to.match(
      /history\.retention\.hours.*not be shorter than samples/,
    );
    expect(faults('history: { tenants: { a: { retention: { minutes: 0 } } } }')).to.match(/a\.retention\.minutes/);
  });

  it('asks for nothing where everything is kept, and refuses a store that cannot forget', async () => {
    const before = orders.length;
    const kept = new RetentionSchedule({ ...options, retention: {}, tenants: {}, history: {} });
    await kept.start();
    await pass(clock, 7_200_000);
    await kept.stop();
    expect(orders).to.have.length(before);
    const refused = await new RetentionSchedule({ ...options, history: {} }).start().catch((error: unknown) => error);
    expect(refused).to.include({ code: 'config-invalid', reaction: 'stop' });
  });
});
