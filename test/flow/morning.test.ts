import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { LedgerLine, LedgerState } from '#deploy/demo/simulation/ledger';
import {
  accessibilityFaults,
  openPage,
  requireBrowser,
  sidewaysOverflow,
  signIn,
  takePicture,
} from '../kit/browser.ts';
import { type Demonstration, startDemonstration } from '../kit/demonstration.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { settle } from '../kit/visitor.ts';

const slowly = { timeout: 90_000 };
const hourMs = 3_600_000;

/**
 * A manager's morning: what did we lose last night, where, and why, in four clicks at most and by the keyboard alone. The
 * answer on the screen is compared with what the plant's ledger says truly happened.
 */
describe('flow: the morning after a night of stops', function () {
  this.timeout(300_000);
  const { folder, remove } = temporaryFolder();
  let browser: Browser;
  let demonstration: Demonstration | undefined;
  let stops: LedgerState[];

  before(async function () {
    browser = await requireBrowser(this);
    demonstration = await startDemonstration(folder, { readyWithinMs: 270_000, past: 'night' });
    stops = ['line-1', 'line-2'].flatMap(statesOf).filter(({ state }) => state === 'down');
  });
  after(async () => {
    await browser?.close();
    await demonstration?.stop();
    remove();
  });

  /** The states of the last shift that is over, as the ledger has them, cut to it. */
  function statesOf(line: string): LedgerState[] {
    const rows = readFileSync(join(folder, 'plant', `${line}.ledger.jsonl`), 'utf8')
      .trimEnd()
      .split('\n');
    const states = rows
      .map((row) => JSON.parse(row) as LedgerLine)
      .flatMap((row) => (row.kind === 'state' ? [row] : []));
    const from = Math.min(...states.map((state) => state.from));
    // The past begins with the shift, and every shift of the demonstration has eight hours.
    const to = from + 8 * hourMs;
    return states.filter((state) => state.from < to).map((state) => ({ ...state, to: Math.min(state.to, to) }));
  }

  const longestStop = (machine?: string): LedgerState =>
    stops
      .filter((stop) => machine === undefined || stop.machine === machine)
      .sort((a, b) => b.to - b.from - (a.to - a.from))[0]!;

  async function morning(view: Parameters<typeof openPage>[1] = {}): Promise<{ page: Page; faults: string[] }> {
    const { page, faults } = await openPage(browser, view);
    await page.goto(demonstration!.url);
    await signIn(page, demonstration!.user, demonstration!.password);
    // The gateway may still be delivering the night.
    await page.locator('.last-shift-top li').nth(2).waitFor(slowly);
    return { page, faults };
  }

  const firstLoss = (page: Page) => page.locator('.last-shift-top li').first();

  /** Pieces and hours of the strip, and its three losses, as text. */
  async function answerOf(page: Page) {
    return {
      lost: await page.locator('[data-figure="lost-pieces"]').textContent(),
      losses: await page.locator('.last-shift-top li').allInnerTexts(),
      places: await page
        .locator('.last-shift-top li')
        .evaluateAll((items) => items.map((item) => (item as unknown as { dataset: { asset: string } }).dataset.asset)),
    };
  }

  it('answers without a click what was lost, where and why, as the ledger has it', async () => {
    const { page, faults } = await morning();
    const { lost, losses, places } = await answerOf(page);
    expect(Number((lost ?? '').replaceAll(',', ''))).to.be.greaterThan(1_000);
    const machines = places.map((place) => place.slice(place.lastIndexOf('.') + 1));
    // The conveyor took four presses with it; press 2 and station 2 stood longest.
    expect(machines).to.have.members(['conveyor', 'press-2', 'station-2']);
    for (const [place, machine] of machines.entries()) {
      const { cause, from, to } = longestStop(machine);
      expect(losses[place], machine).to.contain(cause);
      const clock = (time: number): string =>
        new Intl.DateTimeFormat('en', {
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
          timeZone: 'Asia/Shanghai',
        }).format(time);
      // A break may cut the end of a stop away, never its beginning.
      expect(losses[place], machine).to.contain(clock(from));
      expect(to).to.be.greaterThan(from);
    }
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    expect(await sidewaysOverflow(page)).to.be.at.most(0);
    await takePicture(page, 'morning-overview');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('leads in two clicks from the largest loss to the stop and the signals around it', async () => {
    const { page, faults } = await morning();
    const { places } = await answerOf(page);
    const machine = places[0]!.slice(places[0]!.lastIndexOf('.') + 1);
    await firstLoss(page).getByRole('link').click();
    await page.waitForURL(/\/machines\/.*shift=.*stop=/);
    const chosen = page.locator('[data-panel="stops"] tr[aria-current="true"]');
    await chosen.waitFor(slowly);
    const truth = longestStop(machine);
    expect(await chosen.textContent()).to.contain(truth.cause);
    expect(new URL(page.url()).searchParams.get('stop')).to.equal(new Date(truth.from).toISOString());
    expect(await page.getByRole('slider').getAttribute('aria-valuetext')).to.contain(truth.cause);
    await takePicture(page, 'morning-machine');
    await chosen.getByRole('link').click();
    await page.waitForURL(/\/signals\?tags=/);
    const around = new URL(page.url()).searchParams;
    expect(Number(around.get('from'))).to.be.below(truth.from);
    expect(Number(around.get('to'))).to.be.above(truth.from);
    await page.locator('canvas').first().waitFor(slowly);
    await takePicture(page, 'morning-signals');
    await page.goBack();
    await page.goBack();
    await firstLoss(page).waitFor(slowly);
    // Who leaves a page before its live connection stands breaks that off; the browser says so, nothing is wrong.
    expect(faults.filter((fault) => !fault.includes('closed before the connection is established'))).to.deep.equal([]);
    await page.context().close();
  });

  it('is walked by the keyboard alone: loss, machine, line, report', async () => {
    const { page } = await morning();
    const tabTo = async (wanted: string): Promise<void> => {
      for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate<string>(
          'document.activeElement instanceof HTMLAnchorElement ? document.activeElement.pathname : ""',
        );
        if (focused.startsWith(wanted)) return;
      }
      throw new Error(`the tab key does not come to ${wanted}`);
    };
    await tabTo('/machines/');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/machines\/.*stop=/);
    await page.locator('[data-panel="stops"] tr[aria-current="true"]').waitFor(slowly);
    await tabTo('/lines/');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/lines\//);
    await page
      .locator('[data-panel="timelines"] rect')
      .first()
      .waitFor({ ...slowly, state: 'attached' });
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'morning-line');
    await tabTo('/reports/shift');
    await page.keyboard.press('Enter');
    await page.locator('[data-panel="report"]').waitFor(slowly);
    await page.context().close();
  });

  for (const language of ['zh-CN', 'en'] as const) {
    it(`prints the shift on exactly one A4 page: ${language}`, async () => {
      const { page, faults } = await morning({ language });
      await page.goto(`${demonstration!.url}/reports/shift`);
      await page.locator('[data-panel="report"]').waitFor(slowly);
      const sheet = await page.locator('[data-panel="report"]').textContent();
      const truth = longestStop('press-2');
      if (language === 'en') expect(sheet).to.contain(truth.cause);
      else expect(sheet).to.contain('胶囊泄漏');
      const pdf = await page.pdf({ preferCSSPageSize: true });
      const text = pdf.toString('latin1');
      expect(text.match(/\/Type\s*\/Page\b(?!s)/g)).to.have.length(1);
      const [, width = 0, height = 0] = /\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/.exec(text)?.map(Number) ?? [];
      expect(Math.round(width)).to.be.within(594, 596);
      expect(Math.round(height)).to.be.within(841, 843);
      await page.emulateMedia({ media: 'print' });
      const cut = await page.locator('[data-panel="report"]').evaluate((element) => {
        const { scrollHeight, clientHeight } = element as unknown as { scrollHeight: number; clientHeight: number };
        return scrollHeight - clientHeight;
      });
      expect(cut, 'nothing is cut off at the foot of the page').to.be.at.most(1);
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });
  }

  it('is watched over by a wall that rings, keeps what it knew when it is cut off, and goes on', async () => {
    const { page } = await openPage(browser, { width: 1920, height: 1080 });
    await page.goto(`${demonstration!.url}/andon?after=0`);
    await signIn(page, demonstration!.user, demonstration!.password);
    const wall = page.locator('main.andon');
    await page.locator('.andon-tile').nth(7).waitFor(slowly);
    expect(await wall.getAttribute('data-sound')).to.equal('off');
    await page.getByRole('button', { name: 'Sound off' }).click();
    await page.waitForURL(/sound=on/);
    // Some machine stops every few seconds.
    await page.locator('main.andon[data-sound="on"]:not([data-rung="0"])').waitFor(slowly);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    expect(await sidewaysOverflow(page)).to.be.at.most(0);
    await takePicture(page, 'morning-andon');
    demonstration!.signal('gongfu-cloud', 'SIGKILL');
    await page.locator('main.andon[data-connection="lost"] .andon-age').waitFor(slowly);
    expect(await page.locator('.andon-age').textContent()).to.match(/known \d+ s ago/);
    expect(await page.locator('.andon-tile').count()).to.equal(8);
    // What is not now can still be read, where letters are small too.
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    await settle(page);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.setViewportSize({ width: 1920, height: 1080 });
    await takePicture(page, 'morning-andon-cut');
    await page.locator('main.andon[data-connection="live"]').waitFor(slowly);
    await page.context().close();
  });
});
