import type { Browser, Page } from 'playwright-core';
import { openPage, requireBrowser, signIn, type View } from './browser.ts';
import { type Demonstration, type DemonstrationProgram, startDemonstration } from './demonstration.ts';
import { temporaryFolder } from './folders.ts';
import { type StoreKind, type Stores, storeKinds } from './servers/stores.ts';

/** The demonstration, and a browser to see it in. */
export interface ShownDemonstration {
  /** Where its data lie. */
  readonly folder: string;
  readonly url: string;
  /** Sends a signal to one of its programs. @throws Error when none runs */
  signal(program: DemonstrationProgram, signal: NodeJS.Signals): void;
  /** A page at that address, as a first visitor has it, signed in; `faults` fills with what the console complains of. */
  open(address?: string, view?: View): Promise<{ page: Page; faults: string[] }>;
}

/** For the body of a suite: the demonstration runs before its first test, and is gone after its last one. */
export function showDemonstration(
  options: { kind?: StoreKind; past?: 'night' | 'none'; readyWithinMs?: number } = {},
): ShownDemonstration {
  const { kind = storeKinds[0]!, ...how } = options;
  const { folder, remove } = temporaryFolder();
  let browser: Browser | undefined;
  let stores: Stores | undefined;
  let demonstration: Demonstration | undefined;

  before('a browser and the demonstration', async function () {
    browser = await requireBrowser(this);
    stores = await kind.open(this);
    demonstration = await startDemonstration(folder, { ...how, env: stores.env });
  });
  after(async () => {
    await browser?.close();
    await demonstration?.stop();
    await stores?.stop();
    remove();
  });

  return {
    folder,
    get url() {
      return demonstration!.url;
    },
    signal: (program, signal) => demonstration!.signal(program, signal),
    open: async (address = '/', view = {}) => {
      const { url, user, password } = demonstration!;
      const opened = await openPage(browser!, view);
      await opened.page.goto(url + address);
      await signIn(opened.page, user, password);
      return opened;
    },
  };
}
