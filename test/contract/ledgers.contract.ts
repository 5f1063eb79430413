import type { RecordsFixture } from '../cloud/access/access-fixture.ts';
import { commandDeliveryRules } from './command-delivery.contract.ts';
import { commandRules } from './commands.contract.ts';
import { configurationRules } from './configurations.contract.ts';

/** What is sent to gateways and what became of it: the same on every store the records may lie in. */
export function ledgersContract(title: string, make: () => Promise<RecordsFixture>): void {
  describe(`ledgers contract: ${title}`, () => {
    let fixture: RecordsFixture;
    before(async () => {
      fixture = await make();
    });
    after(() => fixture?.remove());
    const records = () => fixture.records;

    commandRules(records);
    commandDeliveryRules(records);
    configurationRules(records);
  });
}
