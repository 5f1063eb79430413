import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { requireBrowser, type View } from '../../kit/browser.ts';
import { expectSound, openedAs } from '../../kit/looked-at.ts';
import { password, userNames } from '../access/service-fixture.ts';
import { bounds, CommandStage } from './command-stage.ts';

describe('web page: writing to a PLC', function () {
  this.timeout(90_000);
  const stage = new CommandStage();
  const { gateway, service, tags } = stage;
  let browser: Browser;

  before(async function () {
    browser = await requireBrowser(this);
    await stage.start();
    await gateway.deliver(901, 40);
  });
  after(async () => {
    await browser?.close();
    await stage.stop();
  });

  const opened = (user: string, address: string, view?: View) =>
    openedAs(browser, { url: service.url + address, user, password }, view);

  it('leads from what a signal is to what it becomes, by keyboard alone', async () => {
    const { page, faults } = await opened('wang', '/machines/site.line-3');
    const write = page.getByRole('button', { name: 'Write setpoint' });
    await write.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('good', { exact: true }).waitFor();
    expect(await dialog.locator('.current-value strong').textContent()).to.equal('40');
    await page.keyboard.type('100.5');
    await page.keyboard.press('Tab');
    await page.keyboard.type('new recipe');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is outside the allowed range.').waitFor();
    await expectSound(page, 'write-form');
    await dialog.getByLabel('New value').fill('42.5');
    await page.keyboard.press('Enter');
    await dialog.getByText('Reason: new recipe').waitFor();
    expect(await dialog.locator('.value-change').textContent()).to.include('40 → 42.5');
    await expectSound(page, 'write-review');
    const before = gateway.commands.length;
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.locator('[data-state=sent]').waitFor();
    expect(gateway.commands).to.have.length(before + 1);
    const { id, value, requestedBy } = gateway.commands.at(-1)!;
    expect([value, requestedBy]).to.deep.equal([42.5, 'wang']);
    await gateway.tell(id, { readBack: 42.5 });
    await dialog.locator('[data-state=written]').waitFor();
    await dialog.getByText('The machine now holds 42.5').waitFor();
    await expectSound(page, 'write-result');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const focused = await page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
    expect(focused).to.equal('Write setpoint');
    // The machine has no state signal, so its figures are refused; that page says so.
    expect(faults.filter((fault) => !fault.includes('422'))).to.deep.equal([]);
    await page.context().close();
  });

  it('takes no number that is larger than any number can be', async () => {
    await gateway.say('writable', [...gateway.writable, bounds(906)]);
    const { page, faults } = await opened('wang', `/signals?tags=${tags.fixed}`);
    await page.getByRole('button', { name: /^Write / }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('New value').fill('-1e400');
    await dialog.getByLabel('Reason').fill('a slip of the finger');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is outside the allowed range.').waitFor();
    await dialog.getByLabel('New value').fill('-1e300');
    await page.keyboard.press('Enter');
    await dialog.getByText('Reason: a slip of the finger').waitFor();
    await gateway.say('writable', gateway.writable);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('says in Chinese, on a phone, why nothing was written', async () => {
    const view = { width: 390, height: 844, language: 'zh-CN', dark: true } as const;
    const { page, faults } = await opened('wang', `/signals?tags=${tags.setpoint},${tags.fixed}`, view);
    await page.getByRole('button', { name: /^写入 / }).click();
    expect(await page.getByRole('button', { name: /^写入 / }).count()).to.equal(1);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('新值').fill('50');
    await dialog.getByLabel('原因').fill('换产');
    await expectSound(page, 'write-form-phone');
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.getByRole('button', { name: '立即写入' }).click();
    await dialog.locator('[data-state=sent]').waitFor();
    const { id } = gateway.commands.at(-1)!;
    await gateway.tell(id, { outcome: 'refused', code: 'interlock', detail: 'door is open' });
    await dialog.getByText('联锁条件目前不允许。').waitFor();
    await dialog.getByText('door is open').waitFor();
    await expectSound(page, 'write-refused-phone');
    await dialog.getByRole('link', { name: '全部写入' }).click();
    await page.locator('tr[data-row]').first().waitFor();
    await expectSound(page, 'commands-phone');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('lets a second person approve, who is shown old and new first', async () => {
    const { page, faults } = await opened(userNames.administrator, '/commands');
    await page.getByRole('checkbox', { name: 'For gateway writer' }).click();
    await page.getByRole('checkbox', { name: 'For gateway writer', checked: true }).waitFor();
    expect((await stage.requested({ expiresInMs: 600_000 })).state).to.equal('waiting-for-approval');
    await page.locator('select[name=state]').selectOption('waiting-for-approval');
    await page.waitForURL(/state=waiting-for-approval/);
    const approve = page.locator('tr[data-row]').first().getByRole('button', { name: 'Approve' });
    await approve.waitFor();
    await expectSound(page, 'commands-desk');
    const mine = await opened('wang', '/commands?state=waiting-for-approval');
    await mine.page.locator('tr[data-row]').first().getByRole('button', { name: 'Withdraw' }).waitFor();
    const own = mine.page.locator('tr[data-row]').first();
    expect(await own.getByRole('button', { name: 'Approve' }).count()).to.equal(0);
    await approve.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('from 40 to 42.5').waitFor();
    await expectSound(page, 'commands-approve');
    await dialog.getByRole('button', { name: 'Approve and send' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(gateway.commands.at(-1)).to.include({ requestedBy: 'wang', approvedBy: userNames.administrator });
    expect([...faults, ...mine.faults]).to.deep.equal([]);
    await page.context().close();
    await mine.page.context().close();
  });

  it('offers nothing to those who may not', async () => {
    const viewer = await opened(userNames.viewer, `/signals?tags=${tags.setpoint}`);
    await viewer.page.locator('[data-panel="figures"] tbody tr').waitFor();
    expect(await viewer.page.getByRole('button', { name: /^Write/ }).count()).to.equal(0);
    expect(await viewer.page.getByRole('link', { name: 'Writes' }).count()).to.equal(0);
    await viewer.page.goto(`${service.url}/commands`);
    await viewer.page.getByText('This page is not open to your role.').waitFor();
    const operator = await opened('operator', '/commands');
    await operator.page.locator('tr[data-row]').first().waitFor();
    expect(await operator.page.locator('.cell-actions button').count()).to.equal(0);
    await viewer.page.context().close();
    await operator.page.context().close();
  });
});
