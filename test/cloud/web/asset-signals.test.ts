import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import {
  accessibilityFaults,
  openPage,
  requireBrowser,
  sidewaysOverflow,
  signIn,
  takePicture,
} from '../../kit/browser.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

interface AssetJson {
  readonly id: string;
  readonly stateMapping: string | null;
  readonly signals: readonly { role: string; name: string; tag: string | null; rolloverAt: number | null }[];
}

describe('web page: the signals of a machine in its form', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: ServiceFixture;

  before(async function () {
    browser = await requireBrowser(this);
    service = new ServiceFixture();
    await service.start();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  async function open(query: string, phone = false): Promise<{ page: Page; faults: string[] }> {
    const { page, faults } = await openPage(browser, phone ? { width: 390, height: 844 } : {});
    await page.goto(`${service.url}/administration/calendar?${query}`);
    await signIn(page, userNames.administrator, password);
    await page.locator('input[name=name-en]').waitFor();
    return { page, faults };
  }

  async function asset(id: string): Promise<AssetJson | undefined> {
    const { body } = await service.ask('get', '/api/v1/assets', {
      token: await service.tokenOf(userNames.administrator),
    });
    return (body.items as AssetJson[]).find((one) => one.id === id);
  }

  it('connects a new machine, whose figures can then be asked for', async () => {
    const { page, faults } = await open('under=site');
    await page.locator('input[name=name-zh]').fill('机床');
    await page.locator('input[name=name-en]').fill('Lathe');
    await page.locator('select[name=level]').selectOption('work-unit');
    const add = page.getByRole('button', { name: 'Add', exact: true });
    const state = page.locator('input[name=signal-state]');
    await state.fill('line-1 / plc / nothing');
    await page.getByText('State: there is no such tag. Choose one from the list.').waitFor();
    expect(await add.isDisabled()).to.equal(true);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await state.fill('line-1 / plc / speed');
    await page.locator('input[name=signal-total-count]').fill('line-1 / plc-2 / torque');
    await page.locator('select[name=rollover-total-count]').selectOption('65536');
    expect(await page.locator('select[name=state-mapping]').inputValue(), 'that of the parent').to.equal('simple');
    await takePicture(page, 'asset-signals');
    await add.click();
    await page.locator('[data-asset="site.lathe"]').waitFor();
    const made = await asset('site.lathe');
    expect(made?.stateMapping).to.equal('simple');
    expect(made?.signals.map(({ role, name, tag, rolloverAt }) => [role, name, tag, rolloverAt])).to.deep.equal([
      ['state', 'speed', '1', null],
      ['total-count', 'torque', '2', 65_536],
    ]);
    const token = await service.tokenOf(userNames.administrator);
    expect((await service.ask('get', '/api/v1/assets/site.lathe/states', { token })).status).to.equal(200);
    await page.goto(`${service.url}/machines/site.lathe`);
    await page.getByRole('heading', { name: 'Lathe' }).first().waitFor();
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('changes what a machine is connected to, and says that the past is computed anew', async () => {
    const { page, faults } = await open('asset=site.line-1', true);
    await page.getByRole('button', { name: 'Add another signal' }).click();
    await page.locator('input[name=signal-signal]').fill('line-1 / plc-2 / of-no-asset');
    // Closes the list of choices, which lies over what is below.
    await page.keyboard.press('Tab');
    await page.getByText('Other signals or another mapping also change figures of the past').waitFor();
    expect(await sidewaysOverflow(page)).to.be.at.most(0);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'asset-signals-phone');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('group', { name: 'Signals' }).waitFor({ state: 'detached' });
    const changed = await asset('site.line-1');
    expect(changed?.signals.map(({ role, name }) => [role, name])).to.deep.equal([
      ['state', 'speed'],
      ['signal', 'of-no-asset'],
    ]);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });
});
