import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { commitCounter, pageCost } from './page-meter.ts';
import { percentiles, round } from './process-meter.ts';
import { type Cloud, inFolder, startCloud, startProgram, startRegisterServer } from './programs.ts';

const machine = 'hall.press';
/** Tells when the first figure of a machine stands on the page, counted from the start of the navigation. */
const interactiveScript = `new MutationObserver((_, observer) => {
  if (document.querySelector('article [data-figure="oee"]') === null) return;
  observer.disconnect();
  requestAnimationFrame(() => { document.documentElement.dataset.interactiveMs = performance.now(); });
}).observe(document, { childList: true, subtree: true });`;

/** Notes when the stamp arrived at the page, before anything is drawn: tells the way to the browser from the way through it. */
const arrivalScript = `window.arrivals = [];
let newest = '';
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      const stamp = typeof data === 'string' ? /"(1\\d{12})"/.exec(data)?.[1] : undefined;
      if (stamp === undefined || stamp === newest) return;
      newest = stamp;
      window.arrivals.push(Date.now() - Number(stamp));
    });
  }
};`;

interface BrowserBenchOptions {
  /** Tags that change each second on the page looked at. */
  readonly tags: number;
  /** Poll period of the register whose way to the pixel is measured. */
  readonly intervalMs: number;
  readonly seconds: number;
  /** How long memory is watched. */
  readonly minutes: number;
}

/** What the page costs the person before it, in a real browser: waiting, lateness, frames, memory. */
export async function browserBench(options: BrowserBenchOptions): Promise<object> {
  const { tags, intervalMs, seconds, minutes } = options;
  return inFolder(async (folder) => {
    const server = await startRegisterServer();
    const cloud = await startCloud(folder, { plant: plantText(tags) });
    const config = join(folder, 'edge.yaml');
    writeFileSync(config, edgeText({ url: cloud.url, port: server.port, folder, tags, intervalMs }));
    const edge = startProgram('edge/bin/gongfu-edge.js', ['run', '-c', config, '--code', await cloud.code('bench')]);
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-precise-memory-info'] });
    try {
      await declared(cloud, tags);
      const interactiveMs: number[] = [];
      for (let visit = 0; visit < 10; visit += 1) interactiveMs.push(await firstVisit(browser, cloud));
      const page = await openSignedIn(browser, cloud);
      await page.addInitScript(commitCounter);
      await page.addInitScript(arrivalScript);
      await page.goto(`${cloud.url}/machines/${machine}`);
      await page.locator('[data-panel="signals"] tbody tr').nth(2).waitFor({ timeout: 60_000 });
      await page.locator('[data-panel="signals"] tbody tr').nth(1).scrollIntoViewIfNeeded();
      await wait(5_000);
      let ages: number[] = [];
      await page.evaluate('window.arrivals = []');
      const cost = await pageCost(page, async () => {
        ages = await agesOnScreen(page, seconds);
      });
      const arrivals = await page.evaluate<number[]>('window.arrivals');
      const scrolling = await pageCost(page, () => scrolled(page, Math.min(seconds, 15)));
      return {
        ...options,
        overviewInteractiveMs: percentiles(interactiveMs),
        registerToPageMs: percentiles(arrivals),
        registerToPixelMs: percentiles(ages),
        changesSeen: ages.length,
        machinePage: cost,
        machinePageScrolling: scrolling,
        heap: await heapOver(page, minutes),
      };
    } finally {
      await browser.close();
      await edge.stop();
      await cloud.stop();
      await server.stop();
    }
  });
}

/** In a profile of its own, as nothing was ever loaded there. */
async function openSignedIn(browser: Browser, { token }: Cloud): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.addInitScript(`sessionStorage.setItem('gongfu.token', ${JSON.stringify(token)});`);
  return page;
}

async function firstVisit(browser: Browser, cloud: Cloud): Promise<number> {
  const page = await openSignedIn(browser, cloud);
  await page.addInitScript(interactiveScript);
  await page.goto(cloud.url);
  const shown = page.locator('html[data-interactive-ms]');
  await shown.waitFor({ state: 'attached', timeout: 60_000 });
  const elapsed = Number(await shown.getAttribute('data-interactive-ms'));
  await page.context().close();
  return elapsed;
}

/** One row holds the epoch ms at which its register changed: its age in the frame that shows it is the lateness. */
async function agesOnScreen(page: Page, seconds: number): Promise<number[]> {
  await page.evaluate(`
    window.ages = [];
    const cell = document.querySelector('[data-panel="signals"] th[title="stamp/changed-at"] ~ td');
    let last = '';
    new MutationObserver(() => {
      const text = cell.textContent.replace(/\\D/g, '');
      if (text === last || text === '') return;
      last = text;
      requestAnimationFrame(() => window.ages.push(Date.now() - Number(text)));
    }).observe(cell, { childList: true, characterData: true, subtree: true });`);
  await wait(seconds * 1000);
  return page.evaluate<number[]>('window.ages.slice(1)');
}

/** Down and up again, as a wheel does it. */
async function scrolled(page: Page, seconds: number): Promise<void> {
  await page.mouse.move(700, 600);
  for (let step = 0; step < seconds * 10; step += 1) {
    await page.mouse.wheel(0, step % 40 < 20 ? 300 : -300);
    await wait(100);
  }
}

/** Used heap after a collection, at the start and every half minute. */
async function heapOver(page: Page, minutes: number): Promise<object> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const usedMB: number[] = [await heapMB(devtools)];
  for (let half = 0; half < minutes * 2; half += 1) {
    await wait(30_000);
    usedMB.push(await heapMB(devtools));
  }
  return { minutes, usedMB };
}

async function heapMB(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  return round((metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 1024 ** 2, 2);
}

async function declared(cloud: Cloud, tags: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await cloud.metric('gongfu_cloud_samples_total')) >= 3 * tags) return;
    await wait(100);
  }
  throw new Error('the edge delivered no three sweeps within 30 s');
}

function plantText(tags: number): string {
  const signals = Array.from({ length: tags }, (_, n) => `      - { role: signal, source: registers, tag: r${n} }`);
  return `tenant: { id: bench, name: { zh: 测, en: Bench } }
calendars:
  - id: day
    timeZone: UTC
    holidays: []
    shifts: [{ id: day, name: { zh: 日, en: Day }, start: "00:00", end: "00:00", days: [1, 2, 3, 4, 5, 6, 7], breaks: [] }]
stateMappings:
  - { id: any, states: [{ value: 1, state: running }] }
assets:
  - id: hall
    level: line
    name: { zh: 线, en: Line }
    calendar: day
    stateMapping: any
    gateway: bench
    children:
    - id: press
      level: work-unit
      name: { zh: 机, en: Machine }
      signals:
      - { role: state, source: registers, tag: r0 }
      - { role: signal, source: stamp, tag: changed-at }
${signals.slice(1).join('\n')}
`;
}

function edgeText(options: { url: string; port: number; folder: string; tags: number; intervalMs: number }): string {
  const { url, port, folder, tags, intervalMs } = options;
  const registers = Array.from(
    { length: tags },
    (_, n) => `      - { name: r${n}, address: "holding:${n}", type: uint16 }`,
  );
  return `gateway: { name: bench }
uplink: { url: "${url}" }
buffer: { path: "${join(folder, 'buffer')}" }
status: { port: 0 }
log: { level: warn }
sources:
  - name: stamp
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: ${intervalMs}ms
    tags: [{ name: changed-at, address: "holding:60000", type: uint64 }]
  - name: registers
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 1s
    tags:
${registers.join('\n')}
`;
}
