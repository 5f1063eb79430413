import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openPage, requireBrowser, signIn } from '../../kit/browser.ts';
import { until } from '../../kit/until.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

const usualMs = 15 * 60_000;
const shortMs = 6_000;
const kept = (name: string) => `sessionStorage.getItem('gongfu.${name}')`;

describe('web page: renewal of the session', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: ServiceFixture;
  /** Its tokens live some seconds, so that a renewal comes while one watches. */
  let hasty: ServiceFixture;

  before(async function () {
    browser = await requireBrowser(this);
    service = new ServiceFixture();
    hasty = new ServiceFixture(undefined, `signIn: { tokenLifetime: ${shortMs / 1_000}s }`);
    await Promise.all([service.start(), hasty.start()]);
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
    await hasty?.stop();
  });

  async function open(url: string, offMs = 0): Promise<{ page: Page; faults: string[]; renewals: string[] }> {
    const { page, faults } = await openPage(browser);
    await page.addInitScript(
      `{ const now = Date.now; window.offMs = ${offMs}; Date.now = () => now() + window.offMs; }`,
    );
    const renewals = renewalsOf(page);
    await page.goto(`${url}/?lang=en`);
    await signIn(page, userNames.viewer, password);
    await page.getByText('Live', { exact: true }).waitFor();
    return { page, faults, renewals };
  }

  it('comes before anything is refused, while one works and after a sleep', async () => {
    const { page, faults, renewals } = await open(hasty.url);
    const first = await page.evaluate<string>(kept('token'));
    const endsAt = Date.now() + shortMs;
    for (let turn = 0; Date.now() < endsAt; turn += 1) {
      await page.getByRole('link', { name: turn % 2 === 0 ? 'Signals' : 'Overview' }).click();
      await page.waitForTimeout(300);
    }
    expect(renewals.length, 'once for all who ask').to.be.within(1, 4);
    // As a laptop whose lid was closed: the token has run out long before the next request.
    await page.goto('about:blank');
    await page.waitForTimeout(shortMs);
    await page.goto(`${hasty.url}/?lang=en`);
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.evaluate<string>(kept('token'))).to.not.equal(first);
    expect(faults, 'no 401 in the console').to.deep.equal([]);
    await page.context().close();
  });

  it('goes by the lifetime, not by the clock of the browser', async () => {
    for (const offMs of [-7_200_000, 7_200_000]) {
      const { page, faults, renewals } = await open(service.url, offMs);
      const renewal = JSON.parse(await page.evaluate<string>(kept('renewal'))) as { lifetimeMs: number };
      expect(renewal.lifetimeMs, 'to the second the platform tells its time in').to.be.closeTo(usualMs, 1_500);
      renewals.length = 0;
      await setClock(page, 2 * offMs);
      await page.getByRole('link', { name: 'Signals' }).click();
      await until(() => renewals.length > 0);
      await page.getByText('Live', { exact: true }).waitFor();
      expect(faults).to.deep.equal([]);
      await page.context().close();
    }
  });

  it('is done by one of two tabs that were doubled; the other takes it over', async () => {
    const { page, faults, renewals } = await open(service.url);
    const copy = await page.evaluate<Record<string, string>>('({ ...sessionStorage })');
    const second = await openCopy(page.context(), copy);
    await second.page.getByText('Live', { exact: true }).waitFor();
    for (const one of [renewals, second.renewals]) one.length = 0;
    const old = { ...copy, 'gongfu.renewal': longAgo(copy['gongfu.renewal']!) };
    await page.evaluate(`Object.assign(sessionStorage, ${JSON.stringify(old)})`);
    await page.reload();
    await until(() => renewals.length > 0);
    const [mine, its] = [page, second.page].map((tab) => () => tab.evaluate<string>(kept('refresh')));
    await until(async () => (await mine!()) !== copy['gongfu.refresh'] && (await its!()) === (await mine!()));
    expect(second.renewals, 'a refresh token works once').to.deep.equal([]);

    // One that slept while the first renewed asks before it uses what is old.
    const third = await openCopy(page.context(), old);
    await third.page.getByText('Live', { exact: true }).waitFor();
    expect(third.renewals).to.deep.equal([]);
    expect(faults.concat(second.faults, third.faults)).to.deep.equal([]);
    await page.context().close();
  });

  /** As the browser doubles a tab: with a copy of what the first one keeps. */
  async function openCopy(context: BrowserContext, copy: Record<string, string>) {
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    const renewals = renewalsOf(page);
    await page.addInitScript(`Object.assign(sessionStorage, ${JSON.stringify(copy)})`);
    await page.goto(`${service.url}/?lang=en`);
    return { page, faults, renewals };
  }
});

function renewalsOf(page: Page): string[] {
  const renewals: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/sessions/refresh')) renewals.push(request.method());
  });
  return renewals;
}

async function setClock(page: Page, offMs: number): Promise<void> {
  await page.evaluate(`window.offMs = ${offMs}`);
}

function longAgo(renewal: string): string {
  return JSON.stringify({ ...JSON.parse(renewal), receivedAt: 0 });
}
