import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { formatError } from '@gongfu/shared/config/problem-text';
import { Command } from 'commander';
import { type Browser, chromium } from 'playwright-core';
import { Newcomer, startMachine } from '../demo/newcomer.ts';

/**
 * `node deploy/dist/docs/take-assistant-pictures.js`: a newcomer's run of the assistant on a machine nobody has a list of, timed and
 * compared with where things truly lie; pictures of the panel and of the report go beside the documents.
 */
const target = fileURLToPath(new URL('../../../deploy/docs/pictures', import.meta.url));

interface Shot {
  readonly name: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
}

async function take(browser: Browser, { name, url, width, height, dark }: Shot): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const page = await context.newPage();
  await page.goto(url);
  await sleep(systemClock, 1_500);
  const path = join(target, `${name}.png`);
  await page.screenshot({ path });
  await context.close();
  console.log(`${name}.png ${width}×${height} ${Math.round(statSync(path).size / 1000)} kB`);
}

async function main(): Promise<void> {
  const { seed, keyMs, lookMs } = new Command('take-assistant-pictures')
    .option('--seed <text>', 'of the machine', 'gongfu')
    .option('--key-ms <number>', 'between two keys', Number, 150)
    .option('--look-ms <number>', 'between the look and the first key', Number, 1_000)
    .parse()
    .opts<{ seed: string; keyMs: number; lookMs: number }>();
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-assistant-'));
  const machine = await startMachine(seed);
  try {
    const { screen, ...result } = await new Newcomer({ machine, folder, language: 'zh', keyMs, lookMs }).run();
    console.log(screen);
    console.log(readFileSync(join(folder, 'edge.yaml'), 'utf8'));
    console.log(JSON.stringify(result));
    const report = pathToFileURL(join(folder, 'acceptance.html')).href;
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      await take(browser, { name: 'assistant-panel', url: machine.panelUrl, width: 1100, height: 560, dark: true });
      await take(browser, { name: 'assistant-report-zh-light', url: report, width: 1100, height: 1000, dark: false });
      await take(browser, { name: 'assistant-report-phone-zh-dark', url: report, width: 390, height: 844, dark: true });
      await take(browser, {
        name: 'assistant-evidence-zh-light',
        url: `${report}#tag-3`,
        width: 1100,
        height: 800,
        dark: false,
      });
    } finally {
      await browser.close();
    }
  } finally {
    await machine.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  console.error(formatError(error));
  process.exitCode = 1;
});
