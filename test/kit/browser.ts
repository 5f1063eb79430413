import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { axeInPage } from '../browser/axe-in-page.ts';
import { checkoutFolder } from './source-tree.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Rules that find nothing worse than what is left out below need not look; among them are the slowest. */
const axeWithoutLesserRules = `${axeSource};
  axe.configure({ rules: axe._audit.rules
    .filter(({ impact }) => impact === 'minor' || impact === 'moderate')
    .map(({ id }) => ({ id, enabled: false })) });`;
const pictures = join(checkoutFolder, 'test/dist/pictures');

/**
 * For a `before` hook: the Chromium of the machine (`CHROMIUM_PATH`, else /usr/bin/chromium). Without one the suite is
 * skipped with one line; where peers are required (`GONGFU_REQUIRE_PEERS=1`, as in CI) it fails.
 */
export async function requireBrowser(context: Mocha.Context): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (existsSync(executablePath)) return chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const advice = `no Chromium at ${executablePath}: install the package chromium or set CHROMIUM_PATH`;
  if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(advice);
  console.log(`      skipped: ${advice}`);
  return context.skip();
}

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly language?: 'zh-CN' | 'en';
  readonly dark?: boolean;
}

/** A page in a profile of its own, as a first visitor has it; `faults` fills with whatever the console complains of. */
export async function openPage(browser: Browser, view: View = {}): Promise<{ page: Page; faults: string[] }> {
  const { width = 1440, height = 900, language = 'en', dark = false } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return { page, faults };
}

export async function signIn(page: Page, user: string, password: string): Promise<void> {
  await page.locator('input[name=username]').fill(user);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
}

/** What axe finds serious or critical, one line each; empty when all is well. @throws Error when axe looked at nothing */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axeWithoutLesserRules);
  const { passed, violations } = await page.evaluate(axeInPage);
  if (passed === 0) throw new Error('axe checked nothing on this page');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes[0]?.html.slice(0, 200)}`);
}

/** Keeps a picture of the page for a person to look at, in `test/dist/pictures`. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** By how many pixels the page is wider than the window. */
export function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}
