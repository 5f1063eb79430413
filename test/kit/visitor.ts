import type { Browser, Page, Request } from 'playwright-core';
import { openPage, signIn } from './browser.ts';
import { until } from './until.ts';

export type Language = 'zh-CN' | 'en';

/** Somebody who looks at page after page in one window, and what the browser complained of meanwhile. */
export interface Visitor {
  readonly page: Page;
  readonly language: Language;
  /** Complaints since the last call: console, failed requests. */
  takeFaults(): string[];
  /** Loads a page by its address, as from a bookmark, until it has what it asked for. */
  open(address: string): Promise<void>;
  /** Goes on to a page without loading anew, as a click on a link does, until it has what it asked for. */
  goOn(address: string): Promise<void>;
}

const slowly = { timeout: 45_000 };
/** A page that has its answers may ask for more because of them; then it does so at once. */
const quietMs = 60;

/** Signs in, as people do, with a browser of that language. */
export async function visit(
  browser: Browser,
  at: { url: string; user: string; password: string },
  language: Language = 'zh-CN',
): Promise<Visitor> {
  const { page, faults } = await openPage(browser, { language });
  const pending = followRequests(page, faults);
  await page.goto(at.url);
  await signIn(page, at.user, at.password);
  await page.locator('nav.pages').waitFor();
  await page.locator(`html[lang="${language}"]`).waitFor();
  const shown = async (): Promise<void> => {
    do {
      await page.locator('main:not([aria-busy=true])').waitFor(slowly);
      await until(() => pending.size === 0);
      await page.waitForTimeout(quietMs);
    } while (pending.size > 0);
  };
  return {
    page,
    language,
    takeFaults: () => faults.splice(0),
    open: async (address) => {
      await page.goto(at.url + address);
      await shown();
    },
    goOn: async (address) => {
      const to = JSON.stringify(address);
      await page.evaluate(
        `history.pushState({}, '', ${to}); dispatchEvent(new PopStateEvent('popstate', { state: {} }))`,
      );
      await settle(page);
      await shown();
    },
  };
}

/** Charts draw in the frame after the one that measured them; colours that fade are where they go. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    await document.fonts.ready;
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    for (const one of document.getAnimations()) if (one.effect?.getComputedTiming().endTime < Infinity) one.finish();
    await frame();
    await frame();
  })()`);
}

/** What is under way; a refused or broken one is a fault. */
function followRequests(page: Page, faults: string[]): ReadonlySet<Request> {
  const pending = new Set<Request>();
  page.on('request', (request) => {
    // What an earlier page still asked for is nobody's any more.
    if (request.isNavigationRequest()) pending.clear();
    pending.add(request);
  });
  page.on('requestfinished', (request) => pending.delete(request));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    pending.delete(request);
    const why = request.failure()?.errorText ?? '';
    // Leaving a page breaks off what it was still asking for.
    if (why !== 'net::ERR_ABORTED') faults.push(`${why} ${request.url()}`);
  });
  return pending;
}
