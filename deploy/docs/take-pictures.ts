import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { formatError } from '@gongfu/shared/config/problem-text';
import { Command, InvalidArgumentError } from 'commander';
import { type Browser, chromium, type Page } from 'playwright-core';

/** `node deploy/dist/docs/take-pictures.js`: the pictures of the README, taken from the running product. */
const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const target = join(checkout, 'deploy', 'docs', 'pictures');
const bytesMax = 300_000;

interface View {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly language: 'zh-CN' | 'en';
  readonly dark: boolean;
}

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const wall = { width: 1920, height: 1080 };
const views: readonly View[] = [
  { name: 'overview-zh-light', ...desk, language: 'zh-CN', dark: false },
  { name: 'overview-zh-dark', ...desk, language: 'zh-CN', dark: true },
  { name: 'overview-en-light', ...desk, language: 'en', dark: false },
  { name: 'overview-en-dark', ...desk, language: 'en', dark: true },
  { name: 'overview-phone-zh-light', ...phone, language: 'zh-CN', dark: false },
  { name: 'overview-phone-en-dark', ...phone, language: 'en', dark: true },
  { name: 'overview-wall-zh-dark', ...wall, language: 'zh-CN', dark: true },
  { name: 'overview-wall-en-light', ...wall, language: 'en', dark: false },
];

interface Product {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** The product as `npm start` runs it, on a free port and in a folder that is removed afterwards. */
async function startProduct(): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-pictures-'));
  const env = { ...process.env, PORT: '0', DATA_DIR: folder };
  const child = spawn(process.execPath, [join(checkout, 'deploy/dist/demo/start.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url, user, password] = /^ready (\S+) user=(\S+) password=(\S+)/.exec(line) ?? [];
    if (url !== undefined && user !== undefined && password !== undefined) return { url, user, password, stop };
  }
  await stop();
  throw failure('the product ended before it was ready', 'Run npm start and see what it says.');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Signed in, in a profile of its own, with figures on it. */
async function openOverview(browser: Browser, product: Product, view: View): Promise<Page> {
  const { width, height, language, dark } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  await page.goto(product.url);
  await page.locator('input[name=username]').fill(product.user);
  await page.locator('input[name=password]').fill(product.password);
  await page.locator('button[type=submit]').click();
  await page.locator('[data-figure="oee"]').filter({ hasText: '%' }).first().waitFor({ timeout: 60_000 });
  await page.locator('.hour-bars canvas, .trend-room .quiet').first().waitFor({ timeout: 60_000 });
  await sleep(systemClock, 4_000);
  return page;
}

async function take(browser: Browser, product: Product, view: View): Promise<void> {
  const page = await openOverview(browser, product, view);
  const path = join(target, `${view.name}.png`);
  await page.screenshot({ path });
  await page.context().close();
  const { size } = statSync(path);
  console.log(`${view.name}.png ${view.width}×${view.height} ${Math.round(size / 1000)} kB`);
  if (size > bytesMax) throw failure(`${path} has ${size} bytes, at most ${bytesMax}`, 'Simplify the picture.');
}

async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (existsSync(executablePath)) return chromium.launch({ executablePath, args: ['--no-sandbox'] });
  throw failure(`there is no Chromium at ${executablePath}`, 'Install it, or set CHROMIUM_PATH.');
}

function failure(detail: string, advice: string): Problem {
  return new Problem({ code: 'picture-failed', detail, advice, reaction: 'stop' });
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= 3600) return value;
  throw new InvalidArgumentError('It is a number of seconds, 0 to 3600.');
}

interface Asked {
  readonly url?: string;
  readonly user: string;
  readonly password?: string;
  readonly wait: number;
}

async function productAsked({ url, user, password }: Asked): Promise<Product> {
  if (url === undefined) return startProduct();
  if (password === undefined) throw failure('--url needs --password', 'Give the password of --user.');
  return { url, user, password, stop: async () => {} };
}

async function main(): Promise<void> {
  const asked = new Command('take-pictures')
    .option('--url <address>', 'a running product; without it one is started in a temporary folder')
    .option('--user <name>', 'who signs in', 'admin')
    .option('--password <text>', 'of that user')
    .option('--wait <seconds>', 'until the figures are lively', seconds, 120)
    .parse()
    .opts<Asked>();
  mkdirSync(target, { recursive: true });
  const browser = await openBrowser();
  try {
    const product = await productAsked(asked);
    try {
      await sleep(systemClock, asked.wait * 1_000);
      for (const view of views) await take(browser, product, view);
    } finally {
      await product.stop();
    }
  } finally {
    await browser.close();
  }
}

await main().catch((error: unknown) => {
  console.error(formatError(error));
  process.exitCode = 1;
});
