import { documentRules } from './records-documents.contract.ts';
import { OpenStore, type StoreUnderTest } from './records-fixture.ts';
import { moreRules } from './records-more.contract.ts';
import { queryRules } from './records-queries.contract.ts';
import { updateRules } from './records-updates.contract.ts';

/** What the service relies on, over any store that stands behind mongoose; `whole` where it is to have more of MongoDB. */
export function recordsContract(title: string, make: () => Promise<StoreUnderTest>, whole = false): void {
  describe(`records contract: ${title}`, () => {
    const store = new OpenStore(make);
    beforeEach(() => store.start());
    afterEach(() => store.remove());

    documentRules(store);
    queryRules(store);
    updateRules(store);
    if (whole) moreRules(store);
  });
}
