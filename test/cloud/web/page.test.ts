import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { accessibilityFaults, openPage, requireBrowser, signIn, takePicture } from '../../kit/browser.ts';
import { checkoutFolder } from '../../kit/source-tree.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

const keptToken = `sessionStorage.getItem('gongfu.token')`;

/** The page against the real service, in the states a running demonstration does not show. */
describe('web page', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: ServiceFixture;

  before(async function () {
    if (!existsSync(join(checkoutFolder, 'cloud/web-dist/index.html')))
      throw new Error('the page is not built: npm run build');
    browser = await requireBrowser(this);
    service = new ServiceFixture();
    await service.start();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('says in the language of the browser what is wrong with a sign-in', async () => {
    const { page } = await openPage(browser, { language: 'zh-CN' });
    await page.goto(service.url);
    await page.locator('button[type=submit]').click();
    await page.getByText('请输入用户名和密码。').waitFor();
    await signIn(page, userNames.viewer, 'wrong');
    await page.getByText('用户名或密码错误。').waitFor();
    await page.getByRole('button', { name: 'EN' }).click();
    await page.getByText('User or password is wrong.').waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('en');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.context().close();
  });

  it('remembers the language, and lets the address decide', async () => {
    const { page } = await openPage(browser, { language: 'en' });
    await page.goto(service.url);
    await page.getByRole('button', { name: '中文' }).click();
    await page.reload();
    await page.getByLabel('用户名').waitFor();
    await page.goto(`${service.url}/?lang=en`);
    await page.getByLabel('User').waitFor();
    await page.context().close();
  });

  it('teaches the first steps where no line is set up, and shows a stranger nothing of others', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(service.url);
    await signIn(page, userNames.stranger, password);
    await page.getByText('No line is set up yet').waitFor();
    await page.getByText('No gateway is enrolled.').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await takePicture(page, 'empty-plant');
    await page.context().close();
  });

  it('tells a role without permission so, and asks the platform for nothing', async () => {
    const { page, faults } = await openPage(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(service.url);
    await signIn(page, userNames.powerless, password);
    await page.getByText('This page is not open to your role.').waitFor();
    expect(asked).to.include('/api/v1/sessions');
    // Which ways in there are is asked before anybody is.
    expect(asked.filter((path) => /^\/api\/v1\/(?!sessions|sign-in-methods)/.test(path))).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('keeps the session over a reload, never in the address, and ends when the platform ends it', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${service.url}/?line=x&lang=en`);
    await signIn(page, userNames.viewer, password);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(new URL(page.url()).search).to.equal('?line=x&lang=en');
    const token = await page.evaluate<string | null>(keptToken);
    const ended = await service.ask('delete', '/api/v1/sessions/current', { token: token ?? '' });
    expect(ended.status).to.equal(204);
    await page.getByText('Your session has ended. Please sign in again.').waitFor();
    expect(await page.evaluate<string | null>(keptToken)).to.equal(null);
    await page.context().close();
  });

  it('renews a token that has expired, for pages and for the live connection, without a word', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${service.url}/?lang=en`);
    await signIn(page, userNames.viewer, password);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    const expired = 'A'.repeat(43);
    await page.evaluate(`sessionStorage.setItem('gongfu.token', '${expired}')`);
    const renewals: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/sessions/refresh')) renewals.push(request.method());
    });
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    const token = await page.evaluate<string>(keptToken);
    expect(token).to.have.length(43).and.not.equal(expired);
    expect(renewals, 'once for all who wait').to.deep.equal(['POST']);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });

  it('says so at an address where nothing is, and leads to the machines', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${service.url}/nowhere`);
    await signIn(page, userNames.viewer, password);
    await page.getByText('There is no page at this address.').waitFor();
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page
      .getByRole('navigation')
      .or(page.getByRole('heading', { level: 2 }))
      .first()
      .waitFor();
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });
});
