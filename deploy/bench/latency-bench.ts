import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { percentiles } from './process-meter.ts';
import { inFolder, startCloud, startProgram, startRegisterServer } from './programs.ts';

/**
 * From the change of a register to its arrival in a real browser: poll wait, read, disk, uplink, durable write, live hub,
 * socket, page. The register holds the epoch ms of its own change, so the age is measured where it arrives.
 */
export async function latencyBench(options: { intervalMs: number; seconds: number }): Promise<object> {
  const { intervalMs, seconds } = options;
  return inFolder(async (folder) => {
    const server = await startRegisterServer();
    const cloud = await startCloud(folder);
    const config = join(folder, 'edge.yaml');
    writeFileSync(config, edgeConfig(cloud.url, server.port, folder, intervalMs));
    const edge = startProgram('edge/bin/gongfu-edge.js', ['run', '-c', config, '--code', await cloud.code('latency')]);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
    try {
      const tag = await firstTag(cloud);
      const page = await (await browser.newContext({ bypassCSP: true })).newPage();
      await page.goto(cloud.url);
      const ages = await agesInPage(page, cloud.token, tag, seconds);
      return { intervalMs, seconds, changesSeen: ages.length, registerToBrowserMs: percentiles(ages) };
    } finally {
      await browser.close();
      await edge.stop();
      await cloud.stop();
      await server.stop();
    }
  });
}

function edgeConfig(url: string, port: number, folder: string, intervalMs: number): string {
  return `gateway: { name: latency }
uplink: { url: "${url}" }
buffer: { path: "${join(folder, 'buffer')}" }
status: { port: 0 }
sources:
  - name: registers
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: ${intervalMs}ms
    tags: [{ name: changed-at, address: "holding:60000", type: uint64 }]
`;
}

async function firstTag(cloud: { get<T>(path: string): Promise<T> }): Promise<string> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags');
    if (items[0] !== undefined) return items[0].id;
    await wait(100);
  }
  throw new Error('the gateway declared no tag within 10 s');
}

async function agesInPage(page: Page, token: string, tag: string, seconds: number): Promise<number[]> {
  const require = createRequire(import.meta.url);
  const script = join(dirname(require.resolve('socket.io-client/package.json')), 'dist', 'socket.io.min.js');
  await page.addScriptTag({ content: readFileSync(script, 'utf8') });
  await page.evaluate(
    `window.ages = [];
     let last = '';
     const socket = window.io('/live', { transports: ['websocket'], auth: { token: ${JSON.stringify(token)} } });
     socket.on('samples', (items) => {
       for (const item of items) {
         if (item.value === null || item.value === last) continue;
         last = item.value;
         requestAnimationFrame(() => window.ages.push(Date.now() - Number(item.value)));
       }
     });
     socket.on('connect', () => socket.emitWithAck('subscribe', { tags: [${JSON.stringify(tag)}] }));`,
  );
  await wait(3000);
  await page.evaluate('window.ages.length = 0');
  await wait(seconds * 1000);
  return page.evaluate('window.ages') as Promise<number[]>;
}
