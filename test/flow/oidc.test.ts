import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '#deploy/demo/free-port';
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
import { IdentityProvider } from '../kit/identity-provider.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';

const slowly = { timeout: 30_000 };
const secret = 'a secret of the test';

/** Sign-in with a real OpenID provider, through every redirect a person goes through. */
describe('flow: sign-in with an identity provider in a browser', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  let browser: Browser;
  let cloud: RunningCloud;
  let provider: IdentityProvider;
  let client: { id: string; secret: string; redirectUrl: string };

  before(async function () {
    browser = await requireBrowser(this);
    const [cloudPort, providerPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const publicUrl = `http://127.0.0.1:${cloudPort}`;
    client = { id: 'gongfu', secret, redirectUrl: `${publicUrl}/sign-in/oidc` };
    provider = new IdentityProvider({
      port: providerPort,
      people: {
        'subject-wang': { name: 'wang fang', roles: ['everybody', 'plant-managers'] },
        'subject-zhao': { name: 'zhao', roles: ['everybody'] },
        'subject-admin': { name: 'admin', roles: ['plant-managers'] },
      },
    });
    cloud = await startCloud({
      dataDir: `${folder}/cloud`,
      port: cloudPort,
      env: { OIDC_SECRET: secret },
      settings: [
        'signIn:',
        '  oidc:',
        `    issuer: ${provider.issuer}`,
        '    clientId: gongfu',
        '    clientSecret: "${OIDC_SECRET}"',
        `    publicUrl: ${publicUrl}`,
        '    label: { zh: 企业账号, en: the company account }',
        '    roles: { line-leaders: operator, plant-managers: plant-manager }',
      ],
    });
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    await provider?.stop();
    remove();
  });

  async function open(path: string, view: View = {}): Promise<{ page: Page; faults: string[] }> {
    const { page, faults } = await openPage(browser, view);
    await page.goto(cloud.url + path);
    return { page, faults };
  }
  const button = (page: Page) => page.getByRole('button', { name: 'Sign in with the company account' });

  /** What the provider's own pages ask: who, then whether this service may know it. */
  async function atProvider(page: Page, subject: string): Promise<void> {
    await page.locator('input[name=login]').fill(subject, slowly);
    await page.locator('input[name=password]').fill('anything');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click(slowly);
  }

  it('says that the provider does not answer, and signs in with the password all the same', async () => {
    const { page } = await open('/account');
    await button(page).click(slowly);
    await page.getByText('The identity provider does not answer.').waitFor(slowly);
    await takePicture(page, 'oidc-unreachable');
    await signIn(page, cloud.user, cloud.password!);
    await page.getByRole('heading', { name: 'Your account' }).waitFor(slowly);
    await page.context().close();
    await provider.start(client);
  });

  it('goes through the provider to the page that was asked for, with the role of the claim', async () => {
    const { page, faults } = await open('/account?lang=en', { language: 'en' });
    await button(page).waitFor(slowly);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'oidc-sign-in');
    await button(page).click();
    await page.waitForURL(`${provider.issuer}/**`);
    const asked = await page.evaluate<string>('performance.getEntriesByType("navigation")[0].name');
    expect(asked, 'no secret of ours is in an address').to.not.include(secret);
    await atProvider(page, 'subject-wang');
    await page.getByRole('heading', { name: 'Your account' }).waitFor(slowly);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).to.equal('/account?lang=en');
    await page.getByText('Plant manager', { exact: true }).waitFor(slowly);
    await page.getByText(`Your account is kept by ${provider.issuer}`).waitFor(slowly);
    expect(await page.locator('input[type=password]').count()).to.equal(0);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'oidc-account');
    // A user name has no blanks here.
    await page.getByText('wang.fang', { exact: true }).first().waitFor();
    // The provider's pages want fonts from the internet.
    expect(faults.filter((fault) => !fault.startsWith('Failed to load resource'))).to.deep.equal([]);
    await page.context().close();
  });

  it('knows the same person again by the subject, and follows a change of role', async () => {
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const users = async () =>
      (await api.get<{ items: { name: string; role: string }[] }>('/api/v1/users')).items.map(
        ({ name, role }) => `${name} ${role}`,
      );
    expect(await users()).to.have.members(['admin platform-admin', 'wang.fang plant-manager']);
    await provider.stop();
    provider = new IdentityProvider({
      port: Number(new URL(provider.issuer).port),
      people: {
        'subject-wang': { name: 'wang fang (married)', roles: ['line-leaders', 'plant-managers'] },
        'subject-zhao': { name: 'zhao', roles: ['everybody'] },
        'subject-admin': { name: 'admin', roles: ['plant-managers'] },
      },
    });
    await provider.start(client);
    const { page } = await open('/account');
    await button(page).click(slowly);
    await atProvider(page, 'subject-wang');
    await page.getByText('Operator', { exact: true }).waitFor(slowly);
    expect(await users()).to.have.members(['admin platform-admin', 'wang.fang operator']);
    await page.context().close();
  });

  it('never takes a name for proof: the provider’s admin is not ours', async () => {
    const { page } = await open('/');
    await button(page).click(slowly);
    await atProvider(page, 'subject-admin');
    await page.getByText('belongs to another user of this platform').waitFor(slowly);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'oidc-name-taken');
    await page.getByRole('link', { name: 'Sign in with name and password' }).click();
    await page.locator('input[name=username]').waitFor(slowly);
    await page.context().close();
  });

  it('says so when the provider names no role, in Chinese too and on a phone', async () => {
    const { page } = await open('/', { language: 'zh-CN', width: 390, height: 844, dark: true });
    await page.getByRole('button', { name: '使用企业账号登录' }).click(slowly);
    await atProvider(page, 'subject-zhao');
    await page.getByText('没有为您指定本平台的角色').waitFor(slowly);
    expect(await sidewaysOverflow(page)).to.be.at.most(0);
    await takePicture(page, 'oidc-role-missing-phone');
    await page.context().close();
  });

  it('says so when the person declines, and begins again from there', async () => {
    const { page } = await open('/account');
    await button(page).click(slowly);
    await page.getByRole('link', { name: /Cancel/ }).click(slowly);
    await page.getByText('The identity provider refused the sign-in.').waitFor(slowly);
    await page.getByRole('button', { name: 'Begin again' }).click();
    await atProvider(page, 'subject-wang');
    await page.getByRole('heading', { name: 'Overview' }).or(page.locator('nav.pages')).first().waitFor(slowly);
    await page.context().close();
  });

  it('an answer works once, only in the tab that began it, and not when it was altered', async () => {
    const first = await open('/account');
    // The answer arrives, but is not traded.
    await first.page.route('**/api/v1/oidc/sessions', (route) => route.abort());
    await button(first.page).click(slowly);
    await atProvider(first.page, 'subject-wang');
    await first.page.getByRole('heading', { name: 'You are not signed in' }).waitFor(slowly);
    const answer = first.page.url();

    const other = await openPage(browser);
    await other.page.goto(answer);
    await other.page.getByText('was not begun in this tab').waitFor(slowly);
    await other.page.context().close();

    const post = async (path: string, body: object) => {
      const response = await fetch(`${cloud.url}/api/v1/oidc/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const begun = (await post('attempts', {})).body;
    const state = new URL(begun.url!).searchParams.get('state')!;
    const parameters = { ...Object.fromEntries(new URL(answer).searchParams), state };
    const stolen = await post('sessions', { proof: begun.proof, parameters });
    expect(stolen.status, 'the code of another attempt').to.equal(401);
    expect(stolen.body.code).to.equal('oidc-answer-invalid');
    const again = await post('sessions', { proof: begun.proof, parameters });
    expect(again.body.code, 'spent').to.equal('oidc-attempt-unknown');
    await first.page.context().close();
  });

  it('a disabled user is not let in, and what happened stands in the audit', async () => {
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const disabled = await fetch(`${cloud.url}/api/v1/users/wang.fang`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${api.token}` },
      body: JSON.stringify({ disabled: true }),
    });
    expect(disabled.status).to.equal(200);
    const { page } = await open('/account');
    await button(page).click(slowly);
    await atProvider(page, 'subject-wang');
    await page.getByText('Your user may not sign in any more.').waitFor(slowly);
    await page.context().close();
    const { items } = await api.get<{ items: { action: string; outcome: string; detail: string }[] }>(
      '/api/v1/audit?limit=1000',
    );
    const told = items
      .filter(({ action }) => action === 'sign-in')
      .map(({ outcome, detail }) => `${outcome} ${detail}`);
    for (const entry of [
      'done oidc',
      'refused oidc-name-taken',
      'refused oidc-role-missing',
      'refused user-disabled',
    ]) {
      expect(told).to.include(entry);
    }
  });
});
