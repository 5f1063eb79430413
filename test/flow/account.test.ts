import { expect } from 'chai';
import { TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { Api } from '../kit/api.ts';
import {
  accessibilityFaults,
  openPage,
  requireBrowser,
  sidewaysOverflow,
  signIn,
  takePicture,
  type View,
} from '../kit/browser.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';

const slowly = { timeout: 30_000 };
const chosen = 'otter lantern quarry';

/** From the password somebody else chose to the own account: each test goes on where the last one ended. */
describe('flow: the first password and the account in a browser', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  let browser: Browser;
  let cloud: RunningCloud;
  let given: string;
  let recovery: string[] = [];

  before(async function () {
    browser = await requireBrowser(this);
    cloud = await startCloud({ dataDir: `${folder}/cloud` });
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const made = await api.post<{ password: string }>('/api/v1/users', { name: 'li.na', role: 'viewer' });
    given = made.password;
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    remove();
  });

  async function open(path: string, password: string, view: View = {}): Promise<{ page: Page; faults: string[] }> {
    const { page, faults } = await openPage(browser, view);
    await page.goto(cloud.url + path);
    await signIn(page, 'li.na', password);
    return { page, faults };
  }

  it('opens nothing before the password given is replaced, and says what is wrong with a poor one', async () => {
    const { page, faults } = await open('/account', given);
    await page.getByRole('heading', { name: 'Choose your own password' }).waitFor(slowly);
    expect(await page.locator('nav.pages a').count()).to.equal(0);
    expect(await page.locator('input[name=current-password]').count(), 'was typed a moment ago').to.equal(0);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'first-password');

    const submit = page.getByRole('button', { name: 'Set the password and go on' });
    await submit.click();
    await page.getByText('Fill in every field.').waitFor();
    await choose(page, 'Password123', 'Password123');
    await page.locator('[data-score]').getByText('Contains a word or password that many people use').waitFor(slowly);
    await submit.click();
    await page.getByText('The new password is too easy to guess.').waitFor();
    await takePicture(page, 'first-password-weak');
    await choose(page, chosen, 'otter lantern');
    await submit.click();
    await page.getByText('The two new passwords differ.').waitFor();
    await choose(page, given, given);
    await submit.click();
    await page.getByText('This password cannot be used.').waitFor(slowly);
    expect(faults.filter((fault) => !fault.includes('422'))).to.deep.equal([]);
    await page.context().close();
  });

  it('asks for the given password again after a reload, then opens the page that was asked for', async () => {
    const { page } = await open('/account', given, { language: 'zh-CN', width: 390, height: 844 });
    await page.getByRole('heading', { name: '设置您自己的密码' }).waitFor(slowly);
    await page.reload();
    await page.locator('input[name=current-password]').fill(given, slowly);
    await choose(page, chosen, chosen);
    await page.locator('[data-score="4"]').waitFor(slowly);
    expect(await sidewaysOverflow(page)).to.be.at.most(0);
    await takePicture(page, 'first-password-phone');
    await page.getByRole('button', { name: '设置密码并继续' }).click();
    await page.getByRole('heading', { name: '我的账户' }).waitFor(slowly);
    await page.getByText('修改密码').first().waitFor();
    const signOut = page.getByRole('button', { name: '退出登录' });
    expect(await signOut.isVisible(), 'the head of a phone is short').to.equal(false);
    await page.getByRole('button', { name: /^菜单/ }).click();
    await signOut.waitFor();
    await page.getByRole('link', { name: 'li.na' }).waitFor();
    expect(await sidewaysOverflow(page)).to.be.at.most(0);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.context().close();
  });

  it('changes the password later, and ends the other sessions', async () => {
    const other = new Api(cloud.url);
    await other.signIn({ user: 'li.na', password: chosen });
    const { page } = await open('/', chosen);
    await page.getByRole('link', { name: 'li.na' }).click(slowly);
    await page.waitForURL('**/account');
    await page.locator('input[name=current-password]').fill('not it at all', slowly);
    await choose(page, 'quarry otter lantern', 'quarry otter lantern');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('The current password is wrong.').waitFor(slowly);
    await page.locator('input[name=current-password]').fill(chosen);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('The password is changed. Your other sessions have ended.').waitFor(slowly);
    expect(await page.locator('input[name=new-password]').inputValue()).to.equal('');
    expect(await other.get('/api/v1/sessions/current').catch(String)).to.include('401');
    await page.context().close();
  });

  it('keeps language and appearance where they are chosen', async () => {
    const { page } = await open('/account', 'quarry otter lantern');
    await page.getByText('Dark', { exact: true }).click(slowly);
    await page.getByText('中文', { exact: true }).last().click();
    await page.getByRole('heading', { name: '语言与外观' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: '语言与外观' }).waitFor(slowly);
    expect(await page.getByRole('radio', { name: '深色', exact: true }).isChecked()).to.equal(true);
    await page.context().close();
  });

  it('sets up the app with its QR code, then signs in with a code once, and with a recovery code once', async () => {
    const { page, faults } = await open('/account', 'quarry otter lantern');
    await page.getByRole('button', { name: 'Set up the app' }).click(slowly);
    await page.locator('input[name=proof-password]').fill('not it at all');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('The current password is wrong.').waitFor(slowly);
    await page.locator('input[name=proof-password]').fill('quarry otter lantern');
    await page.getByRole('button', { name: 'Go on' }).click();
    const secret = (await page.locator('[data-text=secret]').textContent(slowly))!.replaceAll(' ', '');
    expect(await page.getByRole('img', { name: 'QR code' }).locator('svg path').count()).to.be.greaterThan(0);
    await takePicture(page, 'second-step-setup');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    const app = new TOTP({ secret });
    const code = app.generate();
    await page.locator('input[name=proof-code]').fill('000000');
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('The code is wrong or was used before.').waitFor(slowly);
    await page.locator('input[name=proof-code]').fill(code);
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.locator('[data-text=recovery-codes] li').first().waitFor(slowly);
    recovery = await page.locator('[data-text=recovery-codes] li').allTextContents();
    expect(recovery).to.have.length(10);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'second-step-recovery');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('10 recovery codes left').waitFor(slowly);
    expect(faults.filter((fault) => !fault.includes('422'))).to.deep.equal([]);
    await page.context().close();

    const later = await open('/account', 'quarry otter lantern');
    const field = later.page.locator('input[name=code]');
    await field.waitFor(slowly);
    expect(await accessibilityFaults(later.page)).to.deep.equal([]);
    await takePicture(later.page, 'sign-in-code');
    await field.fill(code);
    await later.page.locator('button[type=submit]').click();
    await later.page.getByText('The code is wrong or was used before.').waitFor(slowly);
    // The next half minute's code: a phone that is a little early is borne.
    await field.fill(app.generate({ timestamp: Date.now() + 30_000 }));
    await later.page.locator('button[type=submit]').click();
    await later.page.getByText('On. Every sign-in asks for a code').waitFor(slowly);
    await later.page.context().close();

    const third = await open('/account', 'quarry otter lantern', { language: 'zh-CN' });
    await third.page.locator('input[name=code]').fill(recovery[0]!, slowly);
    await third.page.locator('button[type=submit]').click();
    await third.page.getByText('剩余 9 个恢复码').waitFor(slowly);
    await third.page.context().close();
  });

  it('lists where one is signed in, ends what is not known, and lets an administrator take the second step away', async () => {
    const admin = new Api(cloud.url);
    await admin.signIn(cloud);
    const elsewhere = await fetch(`${cloud.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'line-script/1.0' },
      body: JSON.stringify({ user: 'li.na', password: 'quarry otter lantern', code: recovery[1] }),
    });
    expect(elsewhere.status).to.equal(201);
    const { token } = (await elsewhere.json()) as { token: string };
    const stillThere = async () =>
      (await fetch(`${cloud.url}/api/v1/sessions/current`, { headers: { authorization: `Bearer ${token}` } })).status;
    const { page } = await open('/account', 'quarry otter lantern');
    await page.locator('input[name=code]').fill(recovery[2]!, slowly);
    await page.locator('button[type=submit]').click();
    const row = page.locator('[data-session=other]', { hasText: 'line-script' });
    await row.waitFor(slowly);
    await page.locator('[data-session=current]', { hasText: 'Chrome on Linux' }).waitFor();
    await takePicture(page, 'account-sessions');
    expect(await stillThere()).to.equal(200);
    await row.getByRole('button', { name: /^End the session of line-script/ }).click();
    await row.waitFor({ state: 'detached' });
    expect(await stillThere()).to.equal(401);

    const office = await openPage(browser);
    await office.page.goto(`${cloud.url}/administration/users?user=li.na`);
    await signIn(office.page, cloud.user, cloud.password!);
    const listed = office.page.locator('tr[data-row="li.na"]');
    await listed.getByText('on', { exact: true }).waitFor(slowly);
    await office.page.getByRole('button', { name: 'Take the second step away' }).click();
    await takePicture(office.page, 'second-step-reset');
    await office.page.getByRole('dialog').getByRole('button', { name: 'Take the second step away' }).click();
    await listed.getByText('off', { exact: true }).waitFor(slowly);
    expect(await office.page.getByRole('button', { name: 'Take the second step away' }).count()).to.equal(0);
    const told = await admin.get<{ items: object[] }>('/api/v1/audit?action=second-factor-reset');
    expect(told.items[0]).to.include({ object: 'li.na', outcome: 'done' });
    expect(office.faults).to.deep.equal([]);
    await office.page.context().close();
    await page.reload();
    await page.getByText('Your session has ended. Please sign in again.').waitFor(slowly);
    await signIn(page, 'li.na', 'quarry otter lantern');
    await page.getByText('Off. With it,').waitFor(slowly);
    await page.context().close();
  });

  for (const view of [
    { name: 'desk', width: 1440, height: 900, language: 'zh-CN', dark: false },
    { name: 'wall-dark', width: 1920, height: 1080, language: 'en', dark: true },
    { name: 'phone', width: 390, height: 844, language: 'zh-CN', dark: true },
    { name: 'phone-light', width: 390, height: 844, language: 'en', dark: false },
  ] as const) {
    it(`fits and can be read by everybody: ${view.name}`, async () => {
      const { page, faults } = await open('/account', 'quarry otter lantern', view);
      await page.locator('input[name=new-password]').fill('lantern', slowly);
      await page.locator('[data-score]').waitFor(slowly);
      expect(await sidewaysOverflow(page)).to.be.at.most(0);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      expect(faults).to.deep.equal([]);
      await takePicture(page, `account-${view.name}`);
      await page.context().close();
    });
  }
});

async function choose(page: Page, password: string, again: string): Promise<void> {
  await page.locator('input[name=new-password]').fill(password);
  await page.locator('input[name=new-password-again]').fill(again);
}
