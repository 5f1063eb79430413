import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { LoadGateway } from './load-gateway.ts';
import { commitCounter, pageCost } from './page-meter.ts';
import { inFolder, startCloud } from './programs.ts';

const pastSeconds = 3600;
const secondsPerBatch = 600;

/** Signals of one sample a second together on one time axis, live, while somebody points, zooms and pans: how smooth it is. */
export async function framesBench(options: { signals: number; seconds: number }): Promise<object> {
  const { signals, seconds } = options;
  return inFolder(async (folder) => {
    const cloud = await startCloud(folder);
    const gateway = new LoadGateway({ url: cloud.url, code: await cloud.code('now'), name: 'now', tags: signals });
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    let stopLive = () => {};
    try {
      await gateway.start();
      stopLive = await deliver(gateway);
      const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags');
      const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
      await page.addInitScript(`sessionStorage.setItem('gongfu.token', ${JSON.stringify(cloud.token)});`);
      await page.addInitScript(commitCounter);
      await page.goto(`${cloud.url}/signals?tags=${items.map(({ id }) => id).join(',')}&span=900000`);
      await page.locator('[data-panel="chart"][data-drawn="true"] .u-over').waitFor({ timeout: 60_000 });
      await wait(3000);
      return {
        ...options,
        live: await pageCost(page, () => wait(seconds * 1000)),
        pointing: await pageCost(page, () => pointed(page, seconds)),
        zooming: await pageCost(page, () => zoomed(page, seconds)),
      };
    } finally {
      stopLive();
      await browser.close();
      gateway.stop();
      await cloud.stop();
    }
  });
}

/** The last hour at once, then each second its samples. */
async function deliver(gateway: LoadGateway): Promise<() => void> {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const value = (tag: number, time: number) =>
    Math.sin(time / (20_000 + tag * 9000)) * 40 + tag * 10 + Math.random() * 3;
  let sequence = 0;
  for (let from = now - pastSeconds * 1000; from < now; from += secondsPerBatch * 1000) {
    const times = Array.from({ length: secondsPerBatch }, (_, i) => from + i * 1000);
    sequence += 1;
    await gateway.send(sequence, gateway.sweeps(sequence, times, value));
  }
  const timer = setInterval(() => {
    sequence += 1;
    void gateway.send(sequence, gateway.sweeps(sequence, [Date.now()], value));
  }, 1000);
  return () => clearInterval(timer);
}

/** The cursor goes to and fro over the picture, as a hand moves it. */
async function pointed(page: Page, seconds: number): Promise<void> {
  const room = (await page.locator('.signal-chart .u-over').boundingBox())!;
  const until = performance.now() + seconds * 1000;
  for (let step = 0; performance.now() < until; step += 1) {
    const share = 0.5 + Math.sin(step / 30) * 0.45;
    await page.mouse.move(room.x + room.width * share, room.y + room.height / 2);
    await wait(16);
  }
}

/** Closer and wider by the wheel, to the sides by the keyboard, back to now. */
async function zoomed(page: Page, seconds: number): Promise<void> {
  const room = (await page.locator('.signal-chart .u-over').boundingBox())!;
  await page.locator('.signal-chart').focus();
  await page.mouse.move(room.x + room.width * 0.6, room.y + room.height / 2);
  const until = performance.now() + seconds * 1000;
  for (let step = 0; performance.now() < until; step += 1) {
    const phase = step % 12;
    if (phase < 8) {
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, phase < 4 ? -100 : 100);
      await page.keyboard.up('Control');
    } else if (phase < 11) await page.keyboard.press(phase % 2 === 0 ? 'ArrowLeft' : 'ArrowRight');
    else await page.keyboard.press('End');
    await wait(250);
  }
}
