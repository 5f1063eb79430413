import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openPage, signIn } from './browser.ts';

export const sizes = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  wall: { width: 1920, height: 1080 },
} as const;

/** One way a page can be looked at. */
export interface Look {
  readonly language: 'zh-CN' | 'en';
  readonly dark: boolean;
  readonly size: keyof typeof sizes;
}

/** Each language in each theme in each size, in an order that changes as little as possible from one to the next. */
export const everyLook: readonly Look[] = (['zh-CN', 'en'] as const).flatMap((language) =>
  [false, true].flatMap((dark) => (['desk', 'phone', 'wall'] as const).map((size) => ({ language, dark, size }))),
);

export function lookName({ language, dark, size }: Look): string {
  return `${language === 'en' ? 'en' : 'zh'}-${size}-${dark ? 'dark' : 'light'}`;
}

/** Somebody who looks at page after page in one window, and what the browser complained of meanwhile. */
export interface Visitor {
  readonly page: Page;
  /** Complaints since the last call: console, failed requests. */
  takeFaults(): string[];
}

/** Signs in, as people do. */
export async function visit(browser: Browser, at: { url: string; user: string; password: string }): Promise<Visitor> {
  const { page, faults } = await openPage(browser, { language: 'zh-CN' });
  await page.goto(at.url);
  await signIn(page, at.user, at.password);
  await page.locator('nav.pages').waitFor();
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Leaving a page breaks off what it was still asking for.
    if (why !== 'net::ERR_ABORTED') faults.push(`${why} ${request.url()}`);
  });
  return { page, takeFaults: () => faults.splice(0) };
}

/** Puts the page into another look without loading it anew, as a reader would. */
export async function wear(page: Page, look: Look): Promise<void> {
  await page.setViewportSize(sizes[look.size]);
  await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light' });
  if ((await page.locator('html').getAttribute('lang')) !== look.language) {
    const toggle = page.locator(`button:has(span[lang="${look.language}"])`);
    // A page for a wall has no buttons: there the address decides.
    if ((await toggle.count()) > 0) await toggle.click();
    else await page.goto(inLanguage(page.url(), look.language), { waitUntil: 'networkidle' });
    await page.locator(`html[lang="${look.language}"]`).waitFor();
  }
  await settle(page);
}

/** Charts draw in the frame after the one that measured them. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(
    'document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)))))',
  );
}

/** With `PICTURES=<folder>` a picture of every look is kept there for a person to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

function inLanguage(address: string, language: string): string {
  const url = new URL(address);
  url.searchParams.set('lang', language);
  return url.href;
}
