import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { formatError } from '@gongfu/shared/config/problem-text';
import { Command, Option } from 'commander';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Newcomer, type RunningMachine, startMachine } from '../demo/newcomer.ts';
import { PageNewcomer } from '../demo/page-newcomer.ts';

/**
 * `node deploy/dist/docs/take-assistant-pictures.js`: newcomer's runs of the assistant, at the terminal and in a browser, on machines
 * nobody has a list of, timed and compared with where things truly lie; pictures go beside the documents, those of the first machine.
 */
const target = fileURLToPath(new URL('../../../deploy/docs/pictures', import.meta.url));
const edgeBin = fileURLToPath(new URL('../../../edge/bin/gongfu-edge.js', import.meta.url));

interface Settings {
  readonly seed: readonly string[];
  readonly by: 'both' | 'terminal' | 'page';
  readonly keyMs: number;
  readonly lookMs: number;
  readonly pictures: boolean;
}

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
  await keep(page, name);
  await context.close();
}

async function keep(page: Page, name: string): Promise<void> {
  const path = join(target, `${name}.png`);
  await page.screenshot({ path });
  console.log(`${name}.png ${Math.round(statSync(path).size / 1000)} kB`);
}

async function byTerminal(seed: string, machine: RunningMachine, browser: Browser, settings: Settings): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-assistant-'));
  try {
    const { screen, ...result } = await new Newcomer({ machine, folder, language: 'zh', ...settings }).run();
    if (settings.pictures) {
      console.log(`${screen}\n${readFileSync(join(folder, 'edge.yaml'), 'utf8')}`);
      const report = pathToFileURL(join(folder, 'acceptance.html')).href;
      const wide = { width: 1100, dark: false };
      await take(browser, { name: 'assistant-panel', url: machine.panelUrl, width: 1100, height: 560, dark: true });
      await take(browser, { name: 'assistant-report-zh-light', url: report, height: 1000, ...wide });
      await take(browser, { name: 'assistant-report-phone-zh-dark', url: report, width: 390, height: 844, dark: true });
      await take(browser, { name: 'assistant-evidence-zh-light', url: `${report}#tag-3`, height: 800, ...wide });
    }
    console.log(JSON.stringify({ by: 'terminal', seed, ...result }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A gateway that reads nothing yet but a source that is away, with its local page open on this machine. */
async function startGateway(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const file = join(folder, 'edge.yaml');
  writeFileSync(
    file,
    `gateway: { name: hall-3 }
uplink: { url: "http://127.0.0.1:9", code: none }
buffer: { path: ${JSON.stringify(join(folder, 'data'))} }
status: { port: 0 }
sources:
  - { name: oven-3, driver: modbus, host: 127.0.0.1, port: 1, tags: [{ name: temperature, address: "input:0", type: int16 }] }
`,
  );
  const child = spawn(process.execPath, [edgeBin, 'run', '-c', file], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  const stop = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  return { url: line.replace(/^.* status=/, ''), stop };
}

async function byPage(seed: string, machine: RunningMachine, browser: Browser, settings: Settings): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-assistant-'));
  const { url, stop } = await startGateway(folder);
  try {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, locale: 'zh-CN' });
    const page = await context.newPage();
    const { keyMs, lookMs } = settings;
    const onStep = async (step: string) => {
      if (settings.pictures && step !== 'begin') await pagePictures(browser, url, step);
    };
    const result = await new PageNewcomer({ page, url, machine, source: 'unit-7', keyMs, lookMs, onStep }).run();
    console.log(JSON.stringify({ by: 'page', seed, ...result }));
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As others in the house see it at that moment, each in their language and on what they have. */
async function pagePictures(browser: Browser, url: string, step: string): Promise<void> {
  const views = [
    { language: 'zh-CN', name: 'zh-light', width: 1100, height: 1000, dark: false },
    { language: 'en', name: 'phone-en-dark', width: 390, height: 844, dark: true },
  ] as const;
  const address = step === 'settled' ? '/assist?tag=position&all=1#tag' : '/assist';
  const called = { typing: 'page', settled: 'page-evidence', written: 'page-written' }[step] ?? step;
  for (const { language, name, width, height, dark } of views) {
    const colorScheme = dark ? 'dark' : 'light';
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: language });
    const page = await context.newPage();
    await page.goto(`${url}${address}${step === 'written' ? '#written' : ''}`);
    await keep(page, `assistant-${called}-${name}`);
    await context.close();
  }
}

async function main(): Promise<void> {
  const settings = new Command('take-assistant-pictures')
    .option('--seed <text...>', 'of the machines, one after the other', ['gongfu'])
    .addOption(new Option('--by <way>', 'how').choices(['both', 'terminal', 'page']).default('both'))
    .option('--key-ms <number>', 'between two keys', Number, 150)
    .option('--look-ms <number>', 'between the look and the first key', Number, 1_000)
    .option('--no-pictures', 'only runs, timed and compared')
    .parse()
    .opts<Settings>();
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const [place, seed] of settings.seed.entries()) {
      const own = { ...settings, pictures: settings.pictures && place === 0 };
      for (const [by, run] of [
        ['terminal', byTerminal],
        ['page', byPage],
      ] as const) {
        if (settings.by !== 'both' && settings.by !== by) continue;
        const machine = await startMachine(seed);
        await run(seed, machine, browser, own).finally(() => machine.stop());
      }
    }
  } finally {
    await browser.close();
  }
}

await main().catch((error: unknown) => {
  console.error(formatError(error));
  process.exitCode = 1;
});
