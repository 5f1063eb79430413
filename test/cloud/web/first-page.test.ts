import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Browser, Page, Response } from 'playwright-core';
import { openPage, requireBrowser, signIn } from '../../kit/browser.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

/** What a slow line in a plant has to carry before somebody can read something. */
const firstPageBytesMax = 250_000;

describe('web page: the first page is light', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: ServiceFixture;

  before(async function () {
    browser = await requireBrowser(this);
    service = new ServiceFixture();
    await service.start();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  for (const [language, other] of [
    ['zh-CN', /^\/assets\/en-/],
    ['en', /^\/assets\/zh-cn-/],
  ] as const) {
    it(`to sign in, and to the first machine: ${language}`, async () => {
      const first = await openPage(browser, { language });
      const toSignIn = await loadedUntil(first.page, () => first.page.locator('button[type=submit]').waitFor());
      await signIn(first.page, userNames.administrator, password);
      await first.page.locator('article').first().waitFor();
      const kept = await first.page.evaluate<Record<string, string>>('({ ...sessionStorage })');
      await first.page.context().close();

      const again = await openPage(browser, { language });
      await again.page.addInitScript(`Object.assign(sessionStorage, ${JSON.stringify(kept)})`);
      const toMachine = await loadedUntil(again.page, () => again.page.locator('article').first().waitFor());
      await again.page.context().close();
      for (const loaded of [toSignIn, toMachine]) {
        // Nobody waits for the other language: it follows when the browser has nothing else to do, which may be early.
        for (const path of loaded.keys()) if (other.test(path)) loaded.delete(path);
        const told = [...loaded].map(([path, bytes]) => `${path} ${bytes}`).join('\n');
        expect(sum(loaded), told).to.be.within(50_000, firstPageBytesMax);
        // A chart, the passwords known to be bad and the texts of another language come when they are needed.
        expect(told).not.to.match(/uPlot|hour-bars/);
      }
      expect(first.faults.concat(again.faults)).to.deep.equal([]);
    });
  }

  /** Files of the page and their gzipped size, whatever encoding the browser asked for. */
  async function loadedUntil(page: Page, ready: () => Promise<void>): Promise<Map<string, number>> {
    const arrived: Response[] = [];
    page.on('response', (response) => arrived.push(response));
    await page.goto(service.url);
    await ready();
    const files = arrived.filter((one) => !/^\/(api|socket\.io)\//.test(new URL(one.url()).pathname));
    const loaded = new Map<string, number>();
    for (const file of files)
      loaded.set(new URL(file.url()).pathname, gzipSync(await file.body(), { level: 9 }).length);
    return loaded;
  }
});

function sum(loaded: Map<string, number>): number {
  return [...loaded.values()].reduce((total, bytes) => total + bytes, 0);
}
