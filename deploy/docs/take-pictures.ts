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

/** `node deploy/dist/docs/take-pictures.js`: the pictures of the README and of `pages.md`, taken from the running product. */
const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const target = join(checkout, 'deploy', 'docs', 'pictures');
const bytesMax = 300_000;

interface View {
  readonly name: string;
  /** Address of the page. */
  readonly path: string;
  /** Stands there once there is something to see. */
  readonly shows: string;
  readonly width: number;
  readonly height: number;
  readonly language: 'zh-CN' | 'en';
  readonly dark: boolean;
}

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const wall = { width: 1920, height: 1080 };
const overview = { path: '/', shows: '.hour-bars canvas' };
const line = 'qingdao.plant-1.curing.line-1';

/** Every other page: on a desk in Chinese, and on a phone in English in the dark. */
const others: Readonly<Record<string, { path: string; shows: string }>> = {
  line: { path: `/lines/${line}?shift=previous`, shows: '[data-panel="losses"] tbody tr' },
  machine: { path: `/machines/${line}.press-2?shift=previous`, shows: '[data-panel="signals"] tbody tr' },
  // Temperature and pressure of the first press.
  signals: { path: '/signals?tags=14,15&span=60000', shows: '.signal-chart .u-over' },
  report: { path: '/reports/shift', shows: '[data-panel="report"]' },
  gateways: { path: '/gateways', shows: '[data-gateway]' },
  portal: { path: '/portal', shows: '[data-plugin]' },
  energy: { path: '/portal/plugins/energy/lines?window=hour&days=1', shows: '[data-figure="perGoodKwh"]' },
  users: { path: '/administration/users', shows: 'tr[data-row]' },
  calendar: { path: '/administration/calendar', shows: '.site-row' },
  audit: { path: '/administration/audit', shows: 'tr[data-row]' },
};

const views: readonly View[] = [
  { name: 'overview-zh-light', ...overview, ...desk, language: 'zh-CN', dark: false },
  { name: 'overview-zh-dark', ...overview, ...desk, language: 'zh-CN', dark: true },
  { name: 'overview-en-light', ...overview, ...desk, language: 'en', dark: false },
  { name: 'overview-en-dark', ...overview, ...desk, language: 'en', dark: true },
  { name: 'overview-phone-zh-light', ...overview, ...phone, language: 'zh-CN', dark: false },
  { name: 'overview-phone-en-dark', ...overview, ...phone, language: 'en', dark: true },
  { name: 'overview-wall-zh-dark', ...overview, ...wall, language: 'zh-CN', dark: true },
  { name: 'overview-wall-en-light', ...overview, ...wall, language: 'en', dark: false },
  { name: 'andon-wall-zh-dark', path: '/andon', shows: '.andon-tile', ...wall, language: 'zh-CN', dark: true },
  ...Object.entries(others).flatMap(([name, page]): View[] => [
    { name: `${name}-zh-light`, ...page, ...desk, language: 'zh-CN', dark: false },
    { name: `${name}-phone-en-dark`, ...page, ...phone, language: 'en', dark: true },
  ]),
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
async function openView(browser: Browser, product: Product, view: View): Promise<Page> {
  const { width, height, language, dark } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  await page.goto(product.url + view.path);
  await page.locator('input[name=username]').fill(product.user);
  await page.locator('input[name=password]').fill(product.password);
  await page.locator('button[type=submit]').click();
  await page.locator(view.shows).first().waitFor({ timeout: 60_000 });
  await sleep(systemClock, 4_000);
  return page;
}

async function take(browser: Browser, product: Product, view: View): Promise<void> {
  const page = await openView(browser, product, view);
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
