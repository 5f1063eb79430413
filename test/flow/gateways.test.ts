import { readFileSync } from 'node:fs';
import { encodeBatch } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import type { Browser, Locator, Page } from 'playwright-core';
import { LoadGateway } from '#deploy/bench/load-gateway';
import { Api } from '../kit/api.ts';
import {
  accessibilityFaults,
  openPage,
  requireBrowser,
  sidewaysOverflow,
  signIn,
  takePicture,
  type View,
} from '../kit/browser.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { healthOf } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';

const slowly = { timeout: 30_000 };

/** From an empty cloud to gateways that come, fall behind, lose something and are shut out: each test goes on where the last one ended. */
describe('flow: the gateways page in a browser', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  const plant = new CountingServer();
  const edges = new Map<string, { edge: RunningEdge; config: string }>();
  let plantPort: number;
  let browser: Browser;
  let cloud: RunningCloud;

  before(async function () {
    browser = await requireBrowser(this);
    plantPort = await plant.start();
    cloud = await startCloud({ dataDir: `${folder}/cloud` });
  });
  after(async () => {
    await browser?.close();
    for (const { edge } of edges.values()) await edge.stop();
    await cloud?.stop();
    await plant.stop();
    remove();
  });

  async function open(path: string, view: View = {}): Promise<{ page: Page; faults: string[] }> {
    const { page, faults } = await openPage(browser, view);
    await page.goto(cloud.url + path);
    await signIn(page, cloud.user, cloud.password!);
    return { page, faults };
  }

  /** Does at the gateway what the page says, with the PLC's address put in. */
  async function followSteps(page: Page, name: string): Promise<void> {
    const file = await textOf(page.locator('[data-text="edge-file"]'));
    expect(file).to.include(`uplink: { url: "${cloud.url}" }`);
    const command = await textOf(page.locator('[data-text="command"]'));
    const code = /^gongfu-edge run -c edge\.yaml --code (\S+)$/.exec(command)?.[1];
    expect(code, command).to.be.a('string');
    const config = file
      .replace('192.168.1.10', '127.0.0.1')
      .replace('port: 502', `port: ${plantPort}`)
      .replace('port: 8081', 'port: 0')
      .replace('interval: 1s', 'interval: 100ms')
      .replace(`./${name}-data`, `${folder}/${name}, maxBytes: 4MiB`);
    edges.set(name, { edge: await startEdge({ config, env: { GONGFU_CODE: code } }), config });
  }

  it('leads from the empty plant to the first gateway, by the keyboard alone', async () => {
    const { page, faults } = await open('/');
    await page.getByRole('heading', { name: 'No line is set up yet' }).waitFor(slowly);
    await tabTo(page, '/gateways');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No gateway is set up yet' }).waitFor(slowly);
    expect(new URL(page.url()).pathname).to.equal('/gateways');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'gateways-empty');

    await page.keyboard.type('press shop');
    expect(await page.getByRole('button', { name: 'Make a one-time code' }).isDisabled()).to.equal(true);
    await page.keyboard.press('Control+A');
    await page.keyboard.type('press-shop');
    await page.keyboard.press('Enter');
    await page.getByText('Waiting for press-shop to connect').waitFor(slowly);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'gateways-enrolment');
    await followSteps(page, 'press-shop');

    await page.getByText('press-shop is connected.').waitFor(slowly);
    await becomes(row(page, 'press-shop'), 'online');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('adds a second one in Chinese, whose row appears live with its rate and sources', async () => {
    const { page, faults } = await open('/', { language: 'zh-CN' });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('navigation', { name: '页面' }).getByRole('link', { name: '网关' }).click(slowly);
    await row(page, 'press-shop').waitFor(slowly);
    await page.getByRole('button', { name: '添加网关' }).click();
    await page.waitForURL((url) => url.searchParams.has('add'));
    await page.locator('input[name=gateway-name]').fill('paint');
    await page.getByRole('button', { name: '生成一次性注册码' }).click();
    await page.getByRole('button', { name: '复制命令' }).click(slowly);
    await page.getByText('已复制').waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).to.equal(
      await textOf(page.locator('[data-text="command"]')),
    );
    await followSteps(page, 'paint');
    await page.getByText('paint 已连接。').waitFor(slowly);
    await page.getByRole('button', { name: '完成' }).click();
    const paint = row(page, 'paint');
    await becomes(paint, 'online');
    await paint.locator('[data-source="press-1"][data-state="connected"]').waitFor(slowly);
    await eventually('a rate', async () => Number(await textOf(paint.locator('[data-figure="rate"]'))) > 1);
    const { configurationVersion } = await healthOf(edges.get('paint')!.edge);
    await paint.getByText(`配置 ${configurationVersion.slice(0, 8)}`).waitFor();
    await paint.getByText('轮询：应采 10', { exact: true }).waitFor();
    await eventually('a latency', async () => /^\d+ ms$/.test(await textOf(paint.locator('[data-figure="latency"]'))));
    expect(await page.locator('[data-gateway]').count()).to.equal(2);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('names the loss after a kill, in a list the address keeps', async () => {
    const { page } = await open('/gateways');
    const paint = row(page, 'paint');
    await becomes(paint, 'online');
    const running = edges.get('paint')!;
    await running.edge.kill9();
    await becomes(paint, 'offline');
    expect(await textOf(paint.locator('[data-figure="backlog"]'))).to.include('not known while it is offline');
    await takePicture(page, 'gateways-offline');
    running.edge = await startEdge({ config: running.config });
    await becomes(paint, 'online');
    const gaps = paint.locator('[data-figure="gaps"]');
    await eventually('a gap is counted', async () => /^1\b/.test(await textOf(gaps)));
    await gaps.getByRole('link').click();
    await paint.getByRole('cell', { name: 'agent was ended without notice' }).waitFor(slowly);

    const other = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await row(other.page, 'paint').getByRole('cell', { name: 'agent was ended without notice' }).waitFor(slowly);
    await other.page.context().close();
    await page.goBack();
    await paint.getByRole('table').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('lists the newest gaps first, and older ones when asked', async () => {
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const gateway = new LoadGateway({ url: cloud.url, code: await api.code('old-hall'), name: 'old-hall', tags: 1 });
    await gateway.start();
    const gaps = Array.from({ length: 130 }, (_, n) => ({
      fromSequence: -1,
      toSequence: -1,
      fromTime: Date.UTC(2026, 0, 1, 0, n),
      toTime: Date.UTC(2026, 0, 1, 0, n, 30),
      samples: n + 1,
      reason: 'source-queue-overflow' as const,
      source: 'plc',
    }));
    const { epoch } = gateway;
    expect(await gateway.send(1, encodeBatch({ epoch, sequence: 1, blocks: [], gaps }))).to.include({
      outcome: 'stored',
    });
    gateway.stop();
    const { page, faults } = await open('/gateways');
    const hall = row(page, 'old-hall');
    await hall.locator('[data-figure="gaps"]').getByRole('link').click(slowly);
    const samples = hall.locator('tbody td:nth-child(2)');
    const older = hall.getByRole('button', { name: 'Show older gaps' });
    await older.waitFor(slowly);
    expect(await samples.allTextContents()).to.deep.equal(
      gaps
        .slice(110)
        .map(({ samples: lost }) => `${lost}`)
        .reverse(),
    );
    await older.click();
    await eventually('120 gaps', async () => (await samples.count()) === 120);
    await older.click();
    await older.waitFor({ state: 'detached' });
    expect(await samples.last().textContent()).to.equal('1');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('shows a backlog that grows, and when the buffer would be full', async () => {
    const { page } = await open('/gateways');
    const shop = row(page, 'press-shop');
    await becomes(shop, 'online');
    const history = historyProcess(cloud);
    process.kill(history, 'SIGSTOP');
    try {
      await shop.getByText(/\d+ batches/).waitFor(slowly);
      await shop
        .locator('[data-figure="backlog"]')
        .getByText(/of [\d.,]+ [MG]B/)
        .waitFor();
      await shop.locator('[data-figure="full-at"]').waitFor(slowly);
      expect(await textOf(shop.locator('[data-figure="full-at"]'))).to.match(/^full at \d\d:\d\d, in /);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await takePicture(page, 'gateways-backlog');
    } finally {
      process.kill(history, 'SIGCONT');
    }
    await shop.getByText('no backlog').waitFor(slowly);
    expect(await shop.locator('[data-figure="full-at"]').count()).to.equal(0);
    await page.context().close();
  });

  it('revokes only after saying what that does; the gateway is refused and can come back', async () => {
    const { page } = await open('/gateways');
    const paint = row(page, 'paint');
    await paint.getByRole('button', { name: 'Revoke paint' }).click(slowly);
    const dialog = page.getByRole('dialog', { name: 'Revoke paint?' });
    await dialog.getByText('What it delivered stays in the history.').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'gateways-revoke');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await becomes(paint, 'online');

    await paint.getByRole('button', { name: 'Revoke paint' }).click();
    await dialog.getByRole('button', { name: 'Revoke the gateway' }).click();
    await becomes(paint, 'revoked');
    const { edge } = edges.get('paint')!;
    await eventually('the edge says it is refused', async () => edge.stderr().includes('gateway-revoked'));
    await becomes(paint, 'revoked');
    await paint.getByRole('button', { name: 'Enrol again: paint' }).click();
    expect(await page.locator('input[name=gateway-name]').inputValue()).to.equal('paint');
    await page.getByText('This gateway exists').waitFor();
    await page.context().close();
  });

  for (const view of [
    { name: 'desk', width: 1440, height: 900, language: 'zh-CN', dark: false },
    { name: 'desk-dark', width: 1440, height: 900, language: 'en', dark: true },
    { name: 'phone', width: 390, height: 844, language: 'zh-CN', dark: true },
    { name: 'phone-light', width: 390, height: 844, language: 'en', dark: false },
  ] as const) {
    it(`fits and can be read by everybody: ${view.name}`, async () => {
      const { page, faults } = await open('/gateways?add=', view);
      await becomes(row(page, 'press-shop'), 'online');
      const shop = row(page, 'paint');
      await shop.getByRole('heading', { level: 2 }).getByRole('link').click();
      await shop.getByRole('table').waitFor(slowly);
      await row(page, 'press-shop').locator('[data-source]').waitFor(slowly);
      expect(await sidewaysOverflow(page)).to.be.at.most(0);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      expect(faults).to.deep.equal([]);
      await takePicture(page, `gateways-${view.name}`);
      await page.context().close();
    });
  }

  it('says who may not see it, and offers nothing to who may only look', async () => {
    for (const [kept, shown] of [
      [[], 'This page is not open to your role.'],
      [['gateways:read'], 'press-shop'],
    ] as const) {
      const { page } = await openPage(browser);
      // The real answer with fewer permissions: what the page makes of them is tried here.
      await page.route('**/api/v1/sessions', async (route) => {
        const response = await route.fetch();
        const body = (await response.json()) as { user: object };
        await route.fulfill({ response, json: { ...body, user: { ...body.user, permissions: kept } } });
      });
      await page.goto(`${cloud.url}/gateways?add=`);
      await signIn(page, cloud.user, cloud.password!);
      await page.getByText(shown, { exact: true }).waitFor(slowly);
      expect(await page.getByRole('button', { name: /Add a gateway|Revoke|Enrol/ }).count()).to.equal(0);
      expect(await page.locator('input').count()).to.equal(0);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await page.context().close();
    }
  });

  it('keeps the last state when the cloud is gone, dimmed and with its age', async () => {
    const { page } = await open('/gateways');
    await becomes(row(page, 'press-shop'), 'online');
    await cloud.kill9();
    await page.getByText(/Shown is the last known state/).waitFor(slowly);
    await page.locator('.gateway-list.doubt-stale').waitFor();
    expect(await textOf(row(page, 'press-shop').getByRole('heading'))).to.equal('press-shop');
    await takePicture(page, 'gateways-cloud-gone');
    await page.context().close();
  });
});

function row(page: Page, name: string): Locator {
  return page.locator('[data-gateway]', { has: page.getByRole('heading', { name, exact: true }) });
}

async function becomes(gateway: Locator, status: 'online' | 'offline' | 'revoked'): Promise<void> {
  await gateway.locator(`[data-status="${status}"]`).waitFor(slowly);
}

async function textOf(element: Locator): Promise<string> {
  return (await element.textContent()) ?? '';
}

/** Presses Tab until the link to that address has the focus. */
async function tabTo(page: Page, address: string): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    if ((await page.evaluate<string | null>(`document.activeElement.getAttribute('href')`)) === address) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('forty times Tab did not lead there');
}

/** Process id of the store: frozen, it takes no more batches while everything else of the cloud answers. */
function historyProcess({ process: { pid } }: RunningCloud): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const found = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('store-process'));
  if (found === undefined) throw new Error('the cloud runs no history process');
  return Number(found);
}

async function eventually(what: string, met: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + slowly.timeout;
  while (!(await met())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
