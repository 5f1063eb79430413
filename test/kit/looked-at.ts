import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { accessibilityFaults, openPage, sidewaysOverflow, signIn, takePicture, type View } from './browser.ts';
import { textFaults } from './text-layout.ts';

/** A page of the service as somebody sees it who has just signed in there. */
export async function openedAs(
  browser: Browser,
  at: { url: string; user: string; password: string },
  view: View = {},
): Promise<{ page: Page; faults: string[] }> {
  const shown = await openPage(browser, view);
  await shown.page.goto(at.url);
  await signIn(shown.page, at.user, at.password);
  await shown.page.locator('input[name=password]').waitFor({ state: 'detached' });
  return shown;
}

/** Nothing serious for axe, all text readable, no wider than the window; and a picture for a person to look at. */
export async function expectSound(page: Page, picture: string): Promise<void> {
  await takePicture(page, picture);
  expect(await accessibilityFaults(page), picture).to.deep.equal([]);
  expect(await textFaults(page), picture).to.deep.equal([]);
  expect(await sidewaysOverflow(page), picture).to.be.at.most(0);
}
