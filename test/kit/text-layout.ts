import type { Page } from 'playwright-core';
import { textFaultsInPage } from '../browser/text-faults-in-page.ts';

/**
 * What of the text on a page cannot be read as it stands: cut off by its box, beyond the window, printed over other text,
 * or Chinese in the English view. One line each; empty when all is well. @throws Error when there is no text at all
 */
export async function textFaults(page: Page): Promise<string[]> {
  const { looked, faults } = await page.evaluate(textFaultsInPage);
  if (looked === 0) throw new Error('there is no text on this page');
  return faults;
}
