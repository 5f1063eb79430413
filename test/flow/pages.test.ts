import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { password, ServiceFixture, userNames } from '../cloud/access/service-fixture.ts';
import { accessibilityFaults, requireBrowser } from '../kit/browser.ts';
import { type Demonstration, startDemonstration } from '../kit/demonstration.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { everyLook, keepPicture, type Look, lookName, settle, type Visitor, visit, wear } from '../kit/looks.ts';
import { checkoutFolder } from '../kit/source-tree.ts';
import { textFaults } from '../kit/text-layout.ts';
import { type PageEntry, pageTable } from './page-table.ts';

const slowly = { timeout: 45_000 };
const pictures = process.env.PICTURES !== undefined;
/** Text stands where it stands in both themes; a theme is looked at once, and for pictures always. */
const textLooks = everyLook.filter(({ dark }) => pictures || !dark);
/** A wall shows a plant at work; whatever else a page says fits there when it fits a desk. */
const fewLooks = textLooks.filter(({ size }) => pictures || size !== 'wall');

/** Every page in every language, theme, size and situation, in the browser people use. */
describe('flow: every page in every look', function () {
  this.timeout(300_000);
  const { folder, remove } = temporaryFolder();
  const service = new ServiceFixture();
  let browser: Browser;
  let demonstration: Demonstration | undefined;
  let live: Visitor;

  before(async function () {
    this.timeout(300_000);
    browser = await requireBrowser(this);
    [demonstration] = await Promise.all([startDemonstration(folder, 270_000, 'night'), service.start()]);
    live = await visit(browser, demonstration);
  });
  after(async () => {
    await browser?.close();
    await demonstration?.stop();
    await service.stop();
    remove();
  });

  const as = (user: string) => ({ url: service.url, user, password });

  it('knows every page there is', () => {
    const source = readFileSync(join(checkoutFolder, 'cloud/web/pages.tsx'), 'utf8');
    const paths = [...source.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path);
    expect(paths).to.have.length.greaterThan(3);
    expect(pageTable.map(({ path }) => path)).to.have.members(paths);
  });

  it('sees what cannot be read', async () => {
    const page = await browser.newPage({ viewport: { width: 400, height: 400 } });
    await page.setContent(unreadable);
    const faults = (await textFaults(page)).join('\n');
    for (const fault of [
      /cut off by p.cut: "cut text/,
      /beyond the window at span: "far away/,
      /printed over each other: "(lower|upper)" and "(lower|upper)"/,
      /not in English: "工"/,
      /the page is \d+ px wider/,
    ])
      expect(faults).to.match(fault);
    expect(faults).not.to.match(/told|scrolled|unseen|语言/);
    await page.close();
  });

  describe('with live data', () => {
    for (const entry of pageTable) {
      it(entry.path, async () => {
        await open(live.page, demonstration!.url + entry.address);
        await live.page.locator(entry.shows).first().waitFor(slowly);
        await lookAtAll(live, `live${entry.path}`, textLooks);
      });
    }
  });

  describe('with a gateway that is gone', () => {
    before(async () => {
      demonstration!.signal('gongfu-edge', 'SIGSTOP');
      await open(live.page, `${demonstration!.url}/gateways`);
      await live.page.locator('[data-gateway] [data-status="offline"]').waitFor(slowly);
    });
    after(() => demonstration!.signal('gongfu-edge', 'SIGCONT'));

    for (const entry of pageTable) {
      it(entry.path, async () => {
        await open(live.page, demonstration!.url + entry.address);
        await live.page.locator(entry.shows).first().waitFor(slowly);
        await lookAtAll(live, `dead${entry.path}`, fewLooks);
      });
    }
  });

  describe('in an empty plant', () => {
    let stranger: Visitor;
    before(async () => {
      stranger = await visit(browser, as(userNames.stranger));
    });

    for (const entry of pageTable) {
      it(entry.path, async () => {
        await open(stranger.page, service.url + entry.address.split('?')[0]);
        await lookAtAll(stranger, `empty${entry.path}`, fewLooks);
      });
    }
  });

  describe('without permission', () => {
    let powerless: Visitor;
    const asked: string[] = [];
    before(async () => {
      powerless = await visit(browser, as(userNames.viewer));
      // The real answer without the permissions: what the page makes of that is tried here, what the platform does elsewhere.
      await powerless.page.route('**/api/v1/sessions/current', async (route) => {
        const response = await route.fetch();
        const body = (await response.json()) as { user: object };
        await route.fulfill({ response, json: { ...body, user: { ...body.user, permissions: ['session:own'] } } });
      });
      powerless.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    });

    for (const entry of pageTable.filter(({ open }) => open !== true)) {
      it(entry.path, async () => {
        await powerless.page.goto('about:blank');
        asked.length = 0;
        await open(powerless.page, service.url + entry.address);
        await powerless.page.locator('main [role=alert]', { hasText: /无权|not open to your role/ }).waitFor(slowly);
        expect(asked.filter((path) => /^\/api\/v1\/(?!sessions)|socket/.test(path))).to.deep.equal([]);
        await lookAtAll(powerless, `refused${entry.path}`, fewLooks);
      });
    }
  });

  describe('while the platform is slow, fails, or is gone', () => {
    for (const entry of pageTable.filter(({ asks }) => asks)) {
      it(entry.path, async () => {
        const administrator = as(userNames.administrator);
        await waits(await visit(browser, administrator), entry);
        await fails(await visit(browser, administrator), entry);
      });
    }
  });

  /** Holds every answer back: the page says that it waits, and complains of nothing. */
  async function waits({ page, takeFaults }: Visitor, entry: PageEntry): Promise<void> {
    await intercept(page, () => undefined);
    await page.goto(service.url + entry.address);
    await page.locator('main [role=status], main[aria-busy=true]').first().waitFor(slowly);
    await look(page, `loading${entry.path}`, everyLook[0]!);
    expect(takeFaults()).to.deep.equal([]);
    await page.context().close();
  }

  /** Answers everything with a problem: the page says so in words, with the advice and a way to try again. */
  async function fails({ page, takeFaults }: Visitor, entry: PageEntry): Promise<void> {
    await intercept(page, () => ({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        title: 'Not ready',
        status: 503,
        code: 'not-ready',
        detail: 'It starts.',
        advice: 'Wait.',
      }),
    }));
    await page.goto(service.url + entry.address);
    await page.locator('main [role=alert]').first().waitFor(slowly);
    await look(page, `error${entry.path}`, everyLook[0]!);
    expect(takeFaults().filter((fault) => !fault.includes('503'))).to.deep.equal([]);
    await page.context().close();
  }

  async function lookAtAll({ page, takeFaults }: Visitor, name: string, looks: readonly Look[]): Promise<void> {
    const faults: string[] = [];
    for (const one of looks) faults.push(...(await look(page, name, one)));
    for (const dark of [false, true]) {
      await wear(page, { language: 'zh-CN', dark, size: 'desk' });
      for (const fault of await accessibilityFaults(page)) faults.push(`${dark ? 'dark' : 'light'}: ${fault}`);
    }
    expect([...faults, ...takeFaults()]).to.deep.equal([]);
  }
});

const unreadable = `<html lang="en"><body style="margin:0;font:16px/20px sans-serif">
  <p class="cut" style="width:40px;overflow:hidden;white-space:nowrap">cut text of some length</p>
  <p title="told in full elsewhere" style="width:40px;overflow:hidden;white-space:nowrap">told in full elsewhere</p>
  <div style="width:40px;overflow:auto;white-space:nowrap">scrolled text of some length</div>
  <p style="position:absolute;left:0;top:200px">upper</p><p style="position:absolute;left:0;top:204px">lower</p>
  <p style="visibility:hidden;width:1000px">unseen</p>
  <p>工</p><p lang="zh-CN">语言</p>
  <span style="position:absolute;left:500px;top:300px">far away</span></body></html>`;

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('main:not([aria-busy=true])').waitFor(slowly);
  await page.waitForLoadState('networkidle');
}

/** What cannot be read in that look; looked at twice, because a figure may arrive in the very moment. */
async function look(page: Page, name: string, one: Look): Promise<string[]> {
  await wear(page, one);
  let faults = await textFaults(page);
  if (faults.length > 0) {
    await settle(page);
    faults = await textFaults(page);
  }
  await keepPicture(page, `${name.replace(/[/:]+/g, '-').replace(/-$/, '')}-${lookName(one)}`);
  return faults.map((fault) => `${lookName(one)}: ${fault}`);
}

/** Stands between the page and the platform, whose sockets stay silent too; who is signed in may still be asked. */
async function intercept(
  page: Page,
  answer: () => { status: number; contentType: string; body: string } | undefined,
): Promise<void> {
  await page.routeWebSocket(/\/socket\.io\//, () => undefined);
  await page.route(/\/api\/v1\/(?!sessions)/, async (route) => {
    const given = answer();
    if (given !== undefined) await route.fulfill(given);
  });
}
