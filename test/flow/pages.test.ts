import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { problemCatalogue } from '#cloud/problems';
import { password, ServiceFixture, userNames } from '../cloud/access/service-fixture.ts';
import { requireBrowser } from '../kit/browser.ts';
import { type Demonstration, startDemonstration } from '../kit/demonstration.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { everyLook, faultsInLooks } from '../kit/looks.ts';
import { checkoutFolder } from '../kit/source-tree.ts';
import { textFaults } from '../kit/text-layout.ts';
import { type Visitor, visit } from '../kit/visitor.ts';
import { pageTable } from './page-table.ts';

const slowly = { timeout: 45_000 };

/**
 * Every page in every language, theme, size and situation, in the browser people use: its text can be read, axe finds
 * nothing serious, and the console stays empty. One reader of each language goes through them side by side.
 */
describe('flow: every page in every look', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  const service = new ServiceFixture();
  let browser: Browser;
  let starting: Promise<Demonstration> | undefined;
  let demonstration: Demonstration | undefined;
  let strangers: readonly Visitor[];
  let live: readonly Visitor[];

  before(async function () {
    browser = await requireBrowser(this);
    starting = startDemonstration(folder, { readyWithinMs: 270_000, past: 'night' });
    starting.catch(() => undefined);
    await service.start();
    strangers = await readers(as(userNames.stranger));
  });
  after(async () => {
    await browser?.close();
    await starting?.then(({ stop }) => stop()).catch(() => undefined);
    await service.stop();
    remove();
  });

  const as = (user: string) => ({ url: service.url, user, password });
  const readers = (at: { url: string; user: string; password: string }): Promise<Visitor[]> =>
    Promise.all([visit(browser, at, 'zh-CN'), visit(browser, at, 'en')]);

  /** Each reader goes there in the way given, and looks at it from all sides. */
  async function lookAtAll(who: readonly Visitor[], name: string, go: (visitor: Visitor) => Promise<void>) {
    const faults = await Promise.all(
      who.map(async (visitor) => {
        await go(visitor);
        return faultsInLooks(visitor, name);
      }),
    );
    expect(faults.flat()).to.deep.equal([]);
  }

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

  it('finds what is wrong in one look only, and what the console says', async () => {
    const english = strangers[1]!;
    await english.open('/account');
    await english.page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(planted)})`);
    await english.page.evaluate("console.error('planted'); fetch('/api/v1/planted').then(() => undefined)");
    const faults = await faultsInLooks(english, 'planted');
    await english.open('/account');
    const found = (what: RegExp) => faults.filter((fault) => what.test(fault)).map((fault) => fault.split(':')[0]);
    expect(found(/beyond the window at i/)).to.deep.equal(['en-phone-light', 'en-phone-dark']);
    expect(found(/color-contrast at <b/)).to.deep.equal(['en-wall-dark', 'en-phone-dark', 'en-desk-dark']);
    expect(found(/button-name/)).to.deep.equal(
      everyLook.map(({ dark, size }) => `en-${size}-${dark ? 'dark' : 'light'}`),
    );
    expect(found(/not in English/)).to.have.length(everyLook.length);
    expect(faults).to.include('en console: planted');
    expect(faults.filter((fault) => /^en console: 404 .*\/api\/v1\/planted$/.test(fault))).to.have.length(1);
  });

  describe('in an empty plant', () => {
    for (const { path, address } of pageTable) {
      it(path, () => lookAtAll(strangers, `empty${path}`, ({ goOn }) => goOn(address.split('?')[0]!)));
    }
    after(() => leave(strangers));
  });

  describe('with live data', () => {
    before(async function () {
      this.timeout(300_000);
      const ready = await starting!;
      demonstration = ready;
      live = await readers(ready);
    });
    // It takes a while until a silent gateway is one that is gone: what needs no plant is looked at meanwhile.
    after(async () => {
      await leave(live);
      demonstration?.signal('gongfu-edge', 'SIGSTOP');
    });

    for (const { path, address, shows } of pageTable) {
      it(path, () =>
        lookAtAll(live, `live${path}`, async ({ open, page }) => {
          await open(address);
          await page.locator(shows).first().waitFor(slowly);
        }),
      );
    }
  });

  describe('without permission', () => {
    let powerless: readonly Visitor[];
    const asked: string[] = [];
    before(async () => {
      powerless = await readers(as(userNames.viewer));
      for (const { page, open, takeFaults } of powerless) {
        // The real answer without the permissions: what the page makes of that is tried here, what the platform does elsewhere.
        await page.route('**/api/v1/sessions/current', async (route) => {
          const response = await route.fetch();
          const body = (await response.json()) as { user: object };
          await route.fulfill({ response, json: { ...body, user: { ...body.user, permissions: ['session:own'] } } });
        });
        await page.goto('about:blank');
        takeFaults();
        page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await open('/');
      }
    });

    for (const { path, address } of pageTable.filter(({ open }) => open !== true)) {
      it(path, async () => {
        await lookAtAll(powerless, `refused${path}`, async ({ goOn, page }) => {
          await goOn(address);
          await page.locator('main [role=alert]', { hasText: /无权|not open to your role/ }).waitFor(slowly);
        });
        expect(asked.filter((one) => /^\/api\/v1\/(?!sessions)|socket/.test(one))).to.deep.equal([]);
      });
    }
    after(() => leave(powerless));
  });

  describe('while the platform is slow, fails, or is gone', () => {
    let administrator: Visitor;
    let answer: { status: number; contentType: string; body: string } | undefined;
    before(async () => {
      administrator = await visit(browser, as(userNames.administrator));
      await intercept(administrator.page, () => answer);
      await administrator.page.clock.install();
    });

    for (const { path, address } of pageTable) {
      it(path, async () => {
        const { page, takeFaults } = administrator;
        answer = undefined;
        await page.goto(service.url + address);
        await page.locator('main [role=status], main[aria-busy=true]').first().waitFor(slowly);
        expect(await faultsInLooks(administrator, `loading${path}`, oneLook), 'while it waits').to.deep.equal([]);
        answer = notReady;
        await page.goto(service.url + address);
        await page.locator('nav.pages').waitFor(slowly);
        await hurryTo(page, `main [role=alert]:has-text("Wait.") :text("${problemCatalogue['not-ready'].zh}")`);
        const faults = await faultsInLooks(administrator, `error${path}`, oneLook);
        expect(
          faults.filter((fault) => !/console: .*503/.test(fault)),
          'while it fails',
        ).to.deep.equal([]);
        takeFaults();
      });
    }
  });

  describe('with a gateway that is gone', () => {
    before(async () => {
      for (const { open, page } of live) {
        await open('/gateways');
        await page.locator('[data-gateway] [data-status="offline"]').waitFor(slowly);
      }
    });
    after(() => demonstration?.signal('gongfu-edge', 'SIGCONT'));

    for (const { path, address, shows } of pageTable) {
      it(path, () =>
        lookAtAll(live, `dead${path}`, async ({ goOn, page }) => {
          await goOn(address);
          await page.locator(shows).first().waitFor(slowly);
        }),
      );
    }
  });
});

/** A page that nobody looks at any more must not go on asking: it takes from those that come next. */
async function leave(who: readonly Visitor[] | undefined): Promise<void> {
  for (const { page } of who ?? []) await page.goto('about:blank');
}

/** A page asks again after seconds before it gives up: they pass at once. */
async function hurryTo(page: Page, what: string): Promise<void> {
  while ((await page.locator(what).count()) === 0) await page.clock.fastForward(2_000);
}

const oneLook = everyLook.slice(0, 1);

const notReady = {
  status: 503,
  contentType: 'application/problem+json',
  body: JSON.stringify({
    title: 'Not ready',
    status: 503,
    code: 'not-ready',
    detail: 'It starts.',
    advice: 'Wait.',
    text: problemCatalogue['not-ready'],
  }),
};

/** Wrong on a phone, in the dark, in English, and everywhere. */
const planted = `<section id="planted"><style>
  @media (max-width: 400px) { #planted i { position: absolute; left: 380px; top: 40px; white-space: nowrap } }
  @media (prefers-color-scheme: dark) { #planted b { color: #777; background: #888 } }
  @media (prefers-color-scheme: light) { #planted b { color: #000; background: #fff } }
  </style><i>wide on a phone</i><b>pale in the dark</b><p>工</p><button></button></section>`;

const unreadable = `<html lang="en"><body style="margin:0;font:16px/20px sans-serif">
  <p class="cut" style="width:40px;overflow:hidden;white-space:nowrap">cut text of some length</p>
  <p title="told in full elsewhere" style="width:40px;overflow:hidden;white-space:nowrap">told in full elsewhere</p>
  <div style="width:40px;overflow:auto;white-space:nowrap">scrolled text of some length</div>
  <p style="position:absolute;left:0;top:200px">upper</p><p style="position:absolute;left:0;top:204px">lower</p>
  <p style="visibility:hidden;width:1000px">unseen</p>
  <p>工</p><p lang="zh-CN">语言</p>
  <span style="position:absolute;left:500px;top:300px">far away</span></body></html>`;

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
