import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { accessibilityFaults, sidewaysOverflow, takePicture, type View } from '../kit/browser.ts';
import { storeKinds } from '../kit/servers/stores.ts';
import { showDemonstration } from '../kit/shown-demonstration.ts';

const curing = 'qingdao.plant-1.curing.line-1';
const assembly = 'qingdao.plant-1.assembly.line-2';
const slowly = { timeout: 45_000 };
const views = [
  { name: 'desk', width: 1440, height: 900, language: 'zh-CN', dark: false },
  { name: 'wall', width: 1920, height: 1080, language: 'en', dark: true },
  { name: 'phone', width: 390, height: 844, language: 'zh-CN', dark: true },
  { name: 'phone-light', width: 390, height: 844, language: 'en', dark: false },
] as const;

/** The whole product, seen by a person: plants, gateway, cloud and page as `npm start` runs them. */
for (const kind of storeKinds) {
  describe(`flow: the overview in a browser, ${kind.name}`, function () {
    this.timeout(180_000);
    const demonstration = showDemonstration({ kind });

    async function overview(view: View = {}): Promise<{ page: Page; faults: string[] }> {
      const opened = await demonstration.open('/', view);
      await opened.page.locator(`[data-asset="${curing}"] [data-figure="good"]`).first().waitFor(slowly);
      return opened;
    }

    it('shows lines and machines live, in both languages, without a fault', async () => {
      const { page, faults } = await overview({ language: 'zh-CN' });
      await page.evaluate('window.sameDocument = true');
      const machines = page.locator('article');
      await machines.nth(7).waitFor(slowly);
      expect(await machines.count()).to.equal(8);
      for (const machine of await machines.all()) await becomes(machine, 'data-doubt', 'none');
      const made = line(page, curing).locator('.line-head [data-figure="good"]');
      await changes(made);

      expect(await textOf(page.getByRole('heading', { level: 3 }).first())).to.equal('1 号硫化机');
      // Shift, target and cause in the plant's own words.
      expect(await textOf(line(page, curing).locator('.shift'))).to.match(/^(早班|中班|夜班) · /);
      await page
        .locator('.badge', { hasText: /\p{Script=Han} · \p{Script=Han}/u })
        .first()
        .waitFor(slowly);
      expect(await page.getByText('未设目标').count()).to.equal(0);
      await page.getByRole('button', { name: 'EN' }).click();
      await page.getByRole('heading', { level: 3, name: 'Curing press 1' }).waitFor();
      expect(await textOf(line(page, curing).locator('.shift'))).to.match(/^(Morning|Evening|Night) shift · /);
      await changes(made);
      const english = await page.evaluate<string>('document.body.innerText');
      expect(english.replace('中文', '')).not.to.match(/[\u4e00-\u9fff]/);
      expect(await page.evaluate('window.sameDocument'), 'the page was never loaded anew').to.equal(true);
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });

    it('agrees with the API on what it shows', async () => {
      const { page } = await overview();
      const target = line(page, assembly).locator('article').first();
      const oee = await textOf(target.locator('[data-figure="oee"]'));
      expect(oee).to.match(/^\d[\d,]*\.\d\u2009%$|^—$/);
      // Nothing is made any more: what the page shows and what the API says must become, and stay, one number.
      demonstration.signal('opcua-plant', 'SIGSTOP');
      try {
        await becomes(target, 'data-doubt', /bad|stale/);
        const good = line(page, assembly).locator('.line-head [data-figure="good"]');
        const shown = async () => Number((await textOf(good)).replaceAll(',', ''));
        await eventually(
          'the page agrees with the API',
          async () => (await shown()) === (await goodCount(page, assembly)),
        );
        expect(await goodCount(page, assembly))
          .to.equal(await shown())
          .and.to.be.above(0);
      } finally {
        demonstration.signal('opcua-plant', 'SIGCONT');
      }
      await becomes(target, 'data-doubt', 'none');
      await page.context().close();
    });

    it('keeps its state in the address: one line, the back key, a link sent to another', async () => {
      const { page } = await overview();
      await page.getByRole('navigation', { name: 'Choose a line' }).getByRole('link').nth(1).click();
      await page.waitForURL((url) => url.searchParams.get('line') === curing);
      await line(page, assembly).waitFor({ state: 'detached' });
      const sent = page.url();
      expect(sent).not.to.match(/token|password/i);
      await page.goBack();
      await line(page, assembly).waitFor();
      const other = await demonstration.open(sent.slice(demonstration.url.length));
      await line(other.page, curing).waitFor();
      expect(await line(other.page, assembly).count()).to.equal(0);
      await other.page.context().close();
      await page.context().close();
    });

    // Where the figures are kept changes none of its looks.
    for (const view of kind === storeKinds[0] ? views : []) {
      it(`fits and can be read by everybody: ${view.name}`, async () => {
        const { page, faults } = await overview(view);
        await page.locator('.hour-bars canvas, .trend-room .quiet').first().waitFor(slowly);
        expect(await sidewaysOverflow(page)).to.be.at.most(0);
        expect(await accessibilityFaults(page)).to.deep.equal([]);
        expect(faults).to.deep.equal([]);
        expect(await machinesInRows(page)).to.deep.equal(view.width < 500 ? new Array(8).fill(1) : [5, 3]);
        await takePicture(page, `overview-${view.name}`);
        await page.context().close();
      });
    }

    it('says which machines it cannot see when a plant stops answering, and takes it back', async () => {
      const { page } = await overview();
      const press = line(page, curing).locator('article').first();
      const station = line(page, assembly).locator('article').first();
      await becomes(press, 'data-doubt', 'none');
      demonstration.signal('modbus-plant', 'SIGSTOP');
      try {
        await becomes(press, 'data-doubt', /bad|stale/);
        await press.getByText(/Bad quality|stale/).waitFor();
        await becomes(station, 'data-doubt', 'none');
        expect(await accessibilityFaults(page)).to.deep.equal([]);
        await takePicture(page, 'overview-plant-silent');
      } finally {
        demonstration.signal('modbus-plant', 'SIGCONT');
      }
      await becomes(press, 'data-doubt', 'none');
      await page.context().close();
    });

    it('names a gateway that is gone, dims what is old, and recovers', async () => {
      const { page } = await overview();
      const gateway = page.locator('[data-gateway]');
      await gateway.getByText('online').waitFor();
      demonstration.signal('gongfu-edge', 'SIGSTOP');
      try {
        await gateway.getByText('offline').waitFor(slowly);
        await page.locator('article').getByText('gateway demo-gateway offline').first().waitFor(slowly);
        await becomes(page.locator('article').first(), 'data-doubt', 'stale');
        expect(await accessibilityFaults(page)).to.deep.equal([]);
        await takePicture(page, 'overview-gateway-gone');
      } finally {
        demonstration.signal('gongfu-edge', 'SIGCONT');
      }
      await gateway.getByText('online').waitFor(slowly);
      await becomes(page.locator('article').first(), 'data-doubt', 'none');
      await page.context().close();
    });

    it('keeps the last state when the cloud is gone, says how old it is, and goes on when it is back', async () => {
      const { page } = await overview();
      const made = line(page, curing).locator('.line-head [data-figure="good"]');
      await changes(made);
      demonstration.signal('gongfu-cloud', 'SIGKILL');
      await page.getByText(/Shown is the last known state/).waitFor(slowly);
      expect(await textOf(made)).to.match(/\d/);
      await page.getByText(/Shown is the last known state/).waitFor({ ...slowly, state: 'detached' });
      await changes(made);
      await page.context().close();
    });
  });
}

function line(page: Page, assetId: string): Locator {
  return page.locator(`section[data-asset="${assetId}"]`);
}

/** How many machines stand beside each other, row by row. */
async function machinesInRows(page: Page): Promise<number[]> {
  const tops = await page.evaluate<number[]>(
    `[...document.querySelectorAll('article')].map((machine) => machine.getBoundingClientRect().top)`,
  );
  return [...new Set(tops)].map((top) => tops.filter((one) => one === top).length);
}

async function textOf(element: Locator): Promise<string> {
  return (await element.textContent()) ?? '';
}

/** Waits until the text is another than now, and a number. */
async function changes(figure: Locator): Promise<void> {
  const before = await textOf(figure);
  await eventually(`${before} changes`, async () => {
    const now = await textOf(figure);
    return now !== before && /\d/.test(now);
  });
}

async function becomes(element: Locator, attribute: string, wanted: string | RegExp): Promise<void> {
  await eventually(`${attribute} becomes ${wanted}`, async () => {
    const value = (await element.getAttribute(attribute)) ?? '';
    return typeof wanted === 'string' ? value === wanted : wanted.test(value);
  });
}

async function eventually(what: string, met: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + slowly.timeout;
  while (!(await met())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Good pieces of the running shift as the API tells them. */
async function goodCount(page: Page, assetId: string): Promise<number> {
  const now = Date.now();
  const token = await page.evaluate<string>(`sessionStorage.getItem('gongfu.token')`);
  const query = new URLSearchParams({ asset: assetId, window: 'shift', from: String(now - 1), to: String(now) });
  const response = await fetch(`${demoOrigin(page)}/api/v1/kpis?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).to.equal(200);
  const { items } = (await response.json()) as { items: { counts: { good: number } }[] };
  expect(items).to.have.length(1);
  return items[0]!.counts.good;
}

function demoOrigin(page: Page): string {
  return new URL(page.url()).origin;
}
