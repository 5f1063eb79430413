import { silentLogger } from '@gongfu/shared/base/logger';
import type { Command, CommandReceipt } from '@gongfu/shared/wire/command';
import { expect } from 'chai';
import { CommandDelivery } from '#cloud/commands/command-delivery';
import { CommandExpiry } from '#cloud/commands/command-expiry';
import { CommandTrail } from '#cloud/commands/command-trail';
import type { CommandLine } from '#cloud/gateways/command-line';
import type { CommandRecord } from '#cloud/records/command-record';
import type { GatewayRecord, Records } from '#cloud/records/records';
import { noAudit } from '../cloud/access/access-fixture.ts';
import { waitingCommand } from '../cloud/access/service-fixture.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { until } from '../kit/until.ts';

const gateway = { _id: 'g', tenantId: 't', name: 'line-1' } as GatewayRecord;

/** What delivery and expiry of commands ask of the records. */
export function commandDeliveryRules(records: () => Records): void {
  describe('commands: delivery and expiry by the clock', () => {
    let clock: FakeClock;
    let delivery: CommandDelivery;
    let expiry: CommandExpiry;
    let number = 0;

    beforeEach(async () => {
      clock = new FakeClock();
      const options = { records: records(), clock, trail: new CommandTrail({ audit: noAudit }), log: silentLogger };
      delivery = new CommandDelivery(options);
      expiry = new CommandExpiry(options);
      await records().commands.deleteMany({});
      await expiry.start();
    });
    afterEach(async () => {
      await delivery.stop();
      await expiry.stop();
      expect(clock.waiting, 'nothing is left to run after the stop').to.equal(0);
    });

    async function queued(fields: Partial<CommandRecord> = {}): Promise<CommandRecord> {
      number += 1;
      const tag = { tenantId: 't', gatewayId: 'g', tag: 7, source: 'plc', name: 'setpoint' };
      const command = {
        ...waitingCommand({ ...tag, _id: `c-${number}`, number }),
        state: 'queued',
        ...fields,
      } as const;
      await records().commands.create(command);
      return command;
    }
    const stateOf = async (id: string) => (await records().commands.findById(id).lean<CommandRecord>())?.state;

    /** A gateway that answers to the n-th command it is sent as the test says. */
    function line(answers: (attempt: number) => Promise<CommandReceipt>): CommandLine & { readonly sent: Command[] } {
      const sent: Command[] = [];
      const send = (command: Command) => answers(sent.push(command));
      return { gateway, epoch: 1, numberOf: (tag) => (tag === 7 ? 907 : undefined), send, sent };
    }
    const silent = () => Promise.reject(new Error('operation has timed out'));
    const received = () => Promise.resolve({ received: true } as const);

    it('sends again on the same connection what was not acknowledged, until it is', async () => {
      const command = await queued({ expiresAt: clock.now() + 30_000 });
      const gone = line((attempt) => (attempt < 3 ? silent() : received()));
      delivery.opened(gone);
      for (let attempt = 1; attempt < 3; attempt += 1) {
        await until(() => gone.sent.length === attempt && clock.waiting === 1);
        clock.advance(5_000);
      }
      await until(async () => {
        const now = await records().commands.findById(command._id).lean<CommandRecord>();
        return now?.receivedAt !== null;
      });
      clock.advance(60_000);
      expect(gone.sent.map(({ expiresInMs }) => expiresInMs)).to.deep.equal([30_000, 25_000, 20_000]);
      expect(new Set(gone.sent.map(({ id, number: tag }) => `${id} ${tag}`))).to.deep.equal(
        new Set([`${command._id} 907`]),
      );
    });

    it('sends what was marked as sent when the answer to the mark was lost', async () => {
      let isLost = false;
      const { commands } = records();
      const losing = new Proxy(commands, {
        get: (model, key) => {
          if (key !== 'findOneAndUpdate' || isLost) return Reflect.get(model, key);
          return (...asked: Parameters<typeof commands.findOneAndUpdate>) => ({
            lean: async () => {
              isLost = true;
              await model.findOneAndUpdate(...asked).lean();
              throw new Error('the connection broke');
            },
          });
        },
      });
      await delivery.stop();
      const trail = new CommandTrail({ audit: noAudit });
      delivery = new CommandDelivery({ records: { commands: losing }, clock, trail, log: silentLogger });
      const next = line(received);
      delivery.opened(next);
      const command = await queued();
      delivery.queued(command);
      await until(() => isLost && clock.waiting > 0);
      clock.advance(5_000);
      await until(() => next.sent.length === 1);
      expect(next.sent[0]?.id).to.equal(command._id);
    });

    it('sends nothing more on a connection that has ended, and everything open on the next, in order', async () => {
      const [first, second] = [await queued(), await queued()];
      const ended = line(silent);
      delivery.opened(ended);
      await until(() => ended.sent.length === 2);
      delivery.closed(ended);
      clock.advance(60_000);
      const next = line(received);
      delivery.opened(next);
      delivery.closed(ended);
      await until(() => next.sent.length === 2);
      expect(next.sent.map(({ id }) => id)).to.deep.equal([first._id, second._id]);
      expect(ended.sent).to.have.length(2);
    });

    it('keeps a command for a tag that is not declared, and never sends one that has expired', async () => {
      const strange = await queued({ tag: 8 });
      const late = await queued({ expiresAt: clock.now() });
      const next = line(received);
      delivery.opened(next);
      const last = await queued();
      delivery.queued(last);
      await until(() => next.sent.length === 1);
      expect(next.sent[0]?.id).to.equal(last._id);
      expect([await stateOf(strange._id), await stateOf(late._id)]).to.deep.equal(['queued', 'queued']);
    });

    it('sends what waited for a tag as soon as the gateway declares it', async () => {
      const waiting = await queued({ tag: 8 });
      const declared = new Map<number, number>();
      const next = { ...line(received), numberOf: (tag: number) => declared.get(tag) };
      declared.set(7, 907);
      const known = await queued();
      delivery.opened(next);
      await until(() => next.sent.length === 1);
      expect(next.sent[0]).to.include({ id: known._id });
      declared.set(8, 908);
      delivery.declared(next);
      await until(() => next.sent.length === 2);
      expect(next.sent[1]).to.include({ id: waiting._id, number: 908 });
      await until(async () => (await stateOf(waiting._id)) === 'sent');
    });

    it('leaves nothing to run after the stop, though what was under way fails only then', async () => {
      let fail = (): void => undefined;
      const failing = new Promise<never>((_, reject) => {
        fail = () => reject(new Error('the store is closed'));
      });
      const commands = { find: () => ({ sort: () => ({ lean: () => failing }) }) } as unknown as Records['commands'];
      const trail = new CommandTrail({ audit: noAudit });
      const late = new CommandDelivery({ records: { commands }, clock, trail, log: silentLogger });
      const before = clock.waiting;
      late.opened(line(received));
      const stopped = late.stop();
      fail();
      await stopped;
      expect(clock.waiting).to.equal(before);
    });

    it('expires in time what has not left, whatever came in between, and nothing that has', async () => {
      const soon = await queued({ expiresAt: clock.now() + 10_000 });
      const later = await queued({ expiresAt: clock.now() + 45_000, state: 'waiting-for-approval' });
      const sent = await queued({ expiresAt: clock.now() + 5_000, state: 'sent', sentAs: { number: 1, epoch: 1 } });
      expiry.watch(later);
      expiry.watch(soon);
      clock.advance(9_999);
      expect(await stateOf(soon._id)).to.equal('queued');
      clock.advance(1);
      await until(async () => (await stateOf(soon._id)) === 'expired' && clock.waiting === 1);
      expect(await stateOf(later._id)).to.equal('waiting-for-approval');
      // It looks every half minute, in case the clock of the machine was set.
      clock.advance(30_000);
      await until(() => clock.waiting === 1);
      clock.advance(5_000);
      await until(async () => (await stateOf(later._id)) === 'expired');
      expect(await stateOf(sent._id)).to.equal('sent');
    });
  });
}
