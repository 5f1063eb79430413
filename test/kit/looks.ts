import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { accessibilityFaults } from './browser.ts';
import { textFaults } from './text-layout.ts';
import { type Language, settle, type Visitor } from './visitor.ts';

export const sizes = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  wall: { width: 1920, height: 1080 },
} as const;

/** One way a page can be looked at; its language is the reader's. */
export interface Look {
  readonly dark: boolean;
  readonly size: keyof typeof sizes;
}

/** Each size in each theme, so that as little as possible changes from one to the next. */
export const everyLook: readonly Look[] = [
  { dark: false, size: 'desk' },
  { dark: false, size: 'phone' },
  { dark: false, size: 'wall' },
  { dark: true, size: 'wall' },
  { dark: true, size: 'phone' },
  { dark: true, size: 'desk' },
];

export function lookName(language: Language, { dark, size }: Look): string {
  return `${language === 'en' ? 'en' : 'zh'}-${size}-${dark ? 'dark' : 'light'}`;
}

/** What is wrong with the page in any of these looks, and what the browser complained of; empty when all is well. */
export async function faultsInLooks(visitor: Visitor, name: string, looks = everyLook): Promise<string[]> {
  const { page, language } = visitor;
  const faults: string[] = [];
  for (const look of looks) {
    await wear(page, look);
    let found = await faultsOf(page);
    if (found.length > 0) {
      // A figure may have arrived in the very moment.
      await settle(page);
      found = await faultsOf(page);
    }
    const called = lookName(language, look);
    await keepPicture(page, `${name.replace(/[/:]+/g, '-').replace(/-$/, '')}-${called}`);
    faults.push(...found.map((fault) => `${called}: ${fault}`));
  }
  return [...faults, ...visitor.takeFaults().map((fault) => `${language} console: ${fault}`)];
}

async function faultsOf(page: Page): Promise<string[]> {
  return [...(await textFaults(page)), ...(await accessibilityFaults(page))];
}

/** Puts the page into another look without loading it anew, as a reader would. */
async function wear(page: Page, { dark, size }: Look): Promise<void> {
  await page.setViewportSize(sizes[size]);
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
  await settle(page);
}

/** With `PICTURES=<folder>` a picture of every look is kept there for a person to look at. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
