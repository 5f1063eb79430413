import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { LocalPassword } from '#edge/health/local-password';
import { RawServer } from '../edge/drivers/modbus/raw-server.ts';
import { openPage, requireBrowser, sidewaysOverflow } from '../kit/browser.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, untilHealth } from '../kit/gateway.ts';
import { faultsInLooks, type Look } from '../kit/looks.ts';
import { type RunningEdge, startEdge } from '../kit/programs.ts';
import { until } from '../kit/until.ts';
import type { Language } from '../kit/visitor.ts';

const password = 'three-blue-presses';
const pages = ['/', '/sources', '/tags', '/tags?quality=bad', '/gaps', '/log', '/write?tag=1', '/nowhere'] as const;
/** Each theme and each size in each language's share. */
const looks: Readonly<Record<Language, readonly Look[]>> = {
  'zh-CN': [
    { dark: false, size: 'phone' },
    { dark: true, size: 'desk' },
  ],
  en: [
    { dark: true, size: 'phone' },
    { dark: false, size: 'desk' },
  ],
};
const heading = { '/': '总览', '/sources': '数据源', '/tags': '测点', '/gaps': '缺失', '/log': '日志' } as const;

/** What an installer has before them: a press that answers, an oven that does not, a cloud that is away. */
describe('flow: local page of a gateway', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  const server = new RawServer();
  let browser: Browser;
  let edge: RunningEdge;

  const sources = (port: number) => `  - name: press-1
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 250ms
    tags:
      - { name: temperature, address: "holding:10", type: uint16, scale: 0.1, unit: Cel, write: { min: 0, max: 90, interlock: { tag: count, above: 3 } } }
      - { name: count, address: "holding:20", type: uint32 }
      - { name: words, address: "holding:30", type: uint16, count: 300 }
      - { name: level, address: "holding:4", type: uint16, unit: m, range: { min: 100, max: 200, outside: keep } }
  - name: oven-3
    driver: modbus
    host: 127.0.0.1
    port: 1
    interval: 1s
    tags: [{ name: temperature, address: "input:0", type: float32, unit: Cel }]`;

  before(async function () {
    browser = await requireBrowser(this);
    const port = await server.start();
    const buffer = join(folder, 'buffer');
    await new LocalPassword({ folder: buffer, cost: { N: 1024, r: 8, p: 1 } }).set(password);
    const gateway = { name: 'curing-line-1', url: 'http://127.0.0.1:9', buffer, sources: sources(port) };
    const config = `commands: { enabled: true, local: true }\n${gatewayConfig(gateway)}`;
    edge = await startEdge({ config });
    await untilHealth(edge, ({ buffer: { batches } }) => batches > 0);
    // So that there is a loss to be seen.
    await edge.kill9();
    edge = await startEdge({ config });
    await untilHealth(edge, ({ sources: [press, oven], buffer: { batches } }) => {
      return press?.state === 'connected' && oven?.state === 'failing' && batches > 2;
    });
  });
  after(async () => {
    await browser?.close();
    await edge?.stop();
    await server.stop();
    remove();
  });

  async function signedIn(language: Language) {
    const visitor = { ...(await openPage(browser, { language, width: 390, height: 844 })), language };
    await visitor.page.goto(edge.statusUrl);
    await visitor.page.locator('input[type=password]').fill(password);
    await visitor.page.keyboard.press('Enter');
    await visitor.page.locator('nav.pages').waitFor();
    return { ...visitor, takeFaults: () => visitor.faults.splice(0) };
  }

  for (const language of ['zh-CN', 'en'] as const) {
    it(`can be read in every look, ${language}: nothing axe finds serious, nothing cut off, no complaint of the browser`, async () => {
      const { page, faults } = await openPage(browser, { language });
      const stranger = {
        page,
        language,
        takeFaults: () => faults.splice(0),
        open: async () => {},
        goOn: async () => {},
      };
      await page.goto(edge.statusUrl);
      expect(await faultsInLooks(stranger, 'local-sign-in', looks[language])).to.deep.equal([]);
      const visitor = { ...stranger, ...(await signedIn(language)) };
      for (const path of pages) {
        await visitor.page.goto(edge.statusUrl + path);
        // A page that is not there is said to be so by the browser too.
        if (path === '/nowhere') visitor.takeFaults();
        expect(
          await faultsInLooks(visitor, `local${path === '/' ? '/overview' : path}`, looks[language]),
          path,
        ).to.deep.equal([]);
        expect(await sidewaysOverflow(visitor.page), path).to.be.at.most(0);
      }
    });
  }

  it('names a loss, and when and why it was', async () => {
    const { page } = await signedIn('en');
    await page.goto(`${edge.statusUrl}/gaps`);
    expect(await page.locator('tbody tr').count()).to.equal(1);
    expect(await page.locator('tbody tr').textContent()).to.match(
      /\d{4}-\d\d-\d\d .*unknown.*all.*the program was killed/s,
    );
  });

  it('leads from the bad source to what to do, by the keyboard alone', async () => {
    const { page } = await signedIn('zh-CN');
    expect(await page.locator('.verdict').textContent()).to.contain('2 个数据源中有 1 个没有供数');
    await page.locator('.bad-list a').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/sources?search=oven-3');
    expect(await page.locator('.card').count()).to.equal(1);
    expect(await page.locator('.reason').textContent())
      .to.contain('核对端口号')
      .and.contain('ECONNREFUSED');
    for (const [path, title] of Object.entries(heading)) {
      await page.locator(`nav.pages a[href="${path}"]`).focus();
      await page.keyboard.press('Enter');
      await page.locator('h1', { hasText: title }).waitFor();
      expect(await page.locator('nav.pages a[aria-current=page]').textContent()).to.equal(title);
    }
  });

  it('lives: values move in place, while what is being typed and focused stays', async () => {
    const { page, takeFaults } = await signedIn('en');
    await page.goto(`${edge.statusUrl}/tags?source=press-1&page=2`);
    expect(await page.locator('tbody tr').count()).to.equal(100);
    await page.goto(`${edge.statusUrl}/`);
    await page.evaluate('document.querySelector(".bad-list a").focus(); window.stays = document.activeElement');
    const batches = page.locator('.facts > div', { hasText: 'Waiting to be sent' }).locator('dd > p').first();
    const before = await batches.textContent();
    await until(async () => (await batches.textContent()) !== before);
    expect(await page.evaluate('document.activeElement === window.stays')).to.equal(true);
    await page.goto(`${edge.statusUrl}/tags`);
    await page.locator('input[name=search]').fill('cou');
    await page.waitForResponse((response) => response.url().endsWith('/tags'));
    expect(await page.locator('input[name=search]').inputValue()).to.equal('cou');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tags?search=cou**');
    expect(await page.locator('tbody tr').count()).to.equal(1);
    expect(takeFaults()).to.deep.equal([]);
  });

  it('says that it is cut off, dims what it shows, and asks to sign in when the gateway is back', async () => {
    const { page } = await signedIn('en');
    // Its script comes from the gateway too.
    await page.waitForLoadState('load');
    edge.process.kill('SIGSTOP');
    await page.locator('body.offline').waitFor({ timeout: 30_000 });
    expect(await page.locator('#offline').textContent()).to.match(/does not answer.*\d+ s$/);
    edge.process.kill('SIGCONT');
    await page.locator('body:not(.offline)').waitFor({ timeout: 15_000 });
    await page.locator('button', { hasText: 'Sign out' }).click();
    await page.locator('input[type=password]').waitFor();
    await page.goBack();
    await page.locator('input[type=password]').waitFor();
  });
});
