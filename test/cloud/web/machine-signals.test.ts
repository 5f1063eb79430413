import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { Records } from '#cloud/records/records';
import { accessibilityFaults, openPage, requireBrowser, signIn } from '../../kit/browser.ts';
import { until } from '../../kit/until.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

const signalCount = 2_000;

describe('web page: a machine of thousands of signals', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: ServiceFixture;
  let page: Page;
  let faults: string[];

  before(async function () {
    browser = await requireBrowser(this);
    service = new ServiceFixture(addMachine);
    await service.start();
    ({ page, faults } = await openPage(browser));
    await page.goto(`${service.url}/machines/site.press`);
    await signIn(page, userNames.administrator, password);
    await row('r2').waitFor();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  const row = (name: string) => page.locator(`[data-panel="signals"] tbody tr:has(th[title="plc/${name}"])`);
  const rows = () => page.locator('[data-panel="signals"] tbody tr:not(.rows-left-out)');

  /** Its place among all. The end of a page moves while panels above come in and rows are measured: a person scrolls on, too. */
  async function scrollToLastRow(): Promise<unknown> {
    const title = `plc/r${signalCount - 1}`;
    let place: unknown = null;
    await until(async () => {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      place = await page.evaluate(
        `document.querySelector('[data-panel="signals"] tr:has(th[title="${title}"])')?.getAttribute('aria-rowindex') ?? null`,
      );
      return place !== null;
    });
    return place;
  }

  it('holds the rows in view only, and says how many there are', async () => {
    expect(await rows().count()).to.be.within(5, 100);
    expect(await page.locator('[data-panel="signals"]').getAttribute('aria-rowcount')).to.equal(
      String(signalCount + 1),
    );
    expect(await scrollToLastRow()).to.equal(String(signalCount + 1));
    expect(await rows().count()).to.be.within(5, 100);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
  });

  it('keeps the row with the focus, and follows the keyboard through all of them', async () => {
    await page.evaluate('scrollTo(0, 0)');
    await row('r3').getByRole('link').focus();
    await scrollToLastRow();
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('r3');
    for (let next = 4; next <= 63; next += 1) {
      await page.keyboard.press('Tab');
      // As a person does: who presses before the row is there sees what came of the last press first.
      await page.waitForFunction(`document.activeElement.textContent === 'r${next}'`);
    }
  });

  it('finds by name and source, and prints all', async () => {
    const search = page.getByRole('searchbox');
    await search.fill('PLC r199');
    await page.getByText(`11 of 2,000 rows`).waitFor();
    expect(await rows().locator('th').allInnerTexts()).to.include.members(['r199', 'r1990', 'r1999']);
    await search.fill('nothing of that kind');
    await page.getByText('Nothing fits the search.').waitFor();
    await search.fill('');
    await page.getByText('2,000 rows', { exact: true }).waitFor();
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    expect(await rows().count()).to.equal(signalCount);
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
    await page.waitForFunction(`document.querySelectorAll('[data-panel="signals"] tbody tr').length < 100`);
    expect(faults).to.deep.equal([]);
  });
});

async function addMachine(records: Records): Promise<void> {
  const names = Array.from({ length: signalCount }, (_, n) => `r${n}`);
  const tag = { tenantId: 'default', gatewayId: 'gateway-1', source: 'plc', type: 'float64', kind: 'number' } as const;
  await records.tags.create(
    names.map((name, n) => ({
      ...tag,
      _id: String(100 + n),
      number: 100 + n,
      name,
      scaled: false,
      maxSilentMs: 1_000,
    })),
  );
  await records.assets.create({
    ...{
      tenantId: 'default',
      name: { zh: '压机', en: 'Press' },
      order: 9,
      calendarId: 'day',
      stateMappingId: 'simple',
    },
    ...{ _id: 'default/site.press', assetId: 'site.press', parentId: 'site', level: 'work-unit' },
    signals: names.map((name, n) => ({
      role: n === 0 ? 'state' : 'signal',
      gateway: 'line-1',
      source: 'plc',
      tag: name,
    })),
  });
}
