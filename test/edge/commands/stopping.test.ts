import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { AllowList } from '#edge/commands/allow-list';
import { Commands } from '#edge/commands/commands';
import { CommandJournal } from '#edge/commands/journal';
import { FakeClock } from '../../kit/fake-clock.ts';
import { temporaryFolder } from '../../kit/folders.ts';

describe('commands being stopped', () => {
  it('wait for nothing where nothing is under way, and leave no timer', async () => {
    const { folder, remove } = temporaryFolder();
    const clock = new FakeClock();
    const journal = new CommandJournal({ file: join(folder, 'commands.journal'), clock, log: silentLogger });
    await journal.start();
    const [allowList, driverOf] = [new AllowList([]), () => undefined];
    const own = { enabled: true, allowList, journal, driverOf, secondApprover: () => undefined };
    const commands = new Commands({ ...own, clock, log: silentLogger });
    await commands.start();
    await commands.stop();
    await journal.stop();
    expect(clock.waiting).to.equal(0);
    remove();
  });
});
