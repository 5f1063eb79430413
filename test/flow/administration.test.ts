import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
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

const plant = `
tenant: { id: acme, name: { zh: 极致, en: Acme } }
calendars:
  - id: days
    timeZone: Asia/Shanghai
    shifts: [{ id: day, name: { zh: 白班, en: Day shift }, start: "08:00", end: "20:00", days: [1, 2, 3, 4, 5] }]
assets:
  - id: hall
    level: site
    name: { zh: 一车间, en: Hall }
    calendar: days
    children:
      - { id: line-1, level: line, name: { zh: 一号线, en: Line one }, children: [{ id: press, level: work-unit, name: { zh: 压机, en: Press } }] }
      - { id: line-2, level: line, name: { zh: 二号线, en: Line two }, children: [{ id: robot, level: work-unit, name: { zh: 机器人, en: Robot } }] }
`;

/** What an administrator does in a browser, and what comes of it: each test goes on where the last one ended. */
describe('flow: the administration in a browser', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  let browser: Browser;
  let cloud: RunningCloud;

  before(async function () {
    browser = await requireBrowser(this);
    writeFileSync(join(folder, 'plant.yaml'), plant);
    cloud = await startCloud({ dataDir: join(folder, 'cloud'), plantFile: join(folder, 'plant.yaml') });
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    remove();
  });

  async function open(
    path: string,
    options: { user?: string; password?: string | undefined; view?: View } = {},
  ): Promise<{ page: Page; faults: string[] }> {
    const { user = cloud.user, password = cloud.password, view = {} } = options;
    const { page, faults } = await openPage(browser, view);
    await page.goto(cloud.url + path);
    await signIn(page, user, String(password));
    return { page, faults };
  }

  it('creates a user whose password is shown once, who signs in and sees the own part of the plant only', async () => {
    const { page, faults } = await open('/administration');
    await page.getByRole('button', { name: 'Add a user' }).click(slowly);
    await page.locator('input[name=user-name]').fill('li.na');
    await page.locator('select[name=role]').selectOption('operator');
    await page.getByRole('radio', { name: 'only parts of it' }).check();
    expect(await page.getByRole('button', { name: 'Create the user' }).isDisabled(), 'no part is ticked').to.equal(
      true,
    );
    await page.getByRole('checkbox', { name: 'Line two' }).check();
    await takePicture(page, 'administration-user-new');
    await page.getByRole('button', { name: 'Create the user' }).click();
    const first = String(await page.locator('[data-secret=password]').textContent(slowly));
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'I have passed it on' }).click();
    expect(await page.content()).to.not.include(first);
    const row = page.locator('tr[data-row="li.na"]');
    expect(await row.textContent()).to.include('OperatorLine twohas not chosen a password yet');
    expect(faults).to.deep.equal([]);
    await page.context().close();

    const own = (await open('/', { user: 'li.na', password: first })).page;
    await own.locator('input[name=new-password]').fill(chosen, slowly);
    await own.locator('input[name=new-password-again]').fill(chosen);
    await own.getByRole('button', { name: 'Set the password and go on' }).click();
    await own.getByRole('link', { name: 'Robot' }).first().waitFor(slowly);
    expect(await own.getByText('Press').count()).to.equal(0);
    expect(await own.getByRole('link', { name: 'Administration' }).count()).to.equal(0);
    await own.goto(`${cloud.url}/administration/users`);
    await own.getByRole('alert').getByText('needs the permission users:manage').waitFor(slowly);
    await own.context().close();
  });

  it('changes role and part of a user, disables and removes it, each after saying what it does', async () => {
    const session = new Api(cloud.url);
    await session.signIn({ user: 'li.na', password: chosen });
    const { page } = await open('/administration/users?user=li.na');
    await page.locator('select[name=role]').selectOption('plant-manager', slowly);
    await page.getByRole('radio', { name: 'the whole plant' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    const row = page.locator('tr[data-row="li.na"]');
    await row.getByText('Plant manager').waitFor(slowly);
    expect((await session.get<{ items: unknown[] }>('/api/v1/assets')).items).to.have.length(5);

    await page.getByRole('link', { name: 'Change li.na' }).click();
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByText('All sessions end at once').first().waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await row.getByText('disabled').waitFor(slowly);
    const refused = await session.get('/api/v1/assets').catch((error: Error) => error.message);
    expect(refused).to.include('401');

    await page.getByRole('button', { name: 'Enable' }).waitFor(slowly);
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'detached', ...slowly });
    await page.context().close();
  });

  it('finds, sorts and keeps what one sees of a table in its address', async () => {
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    for (const name of ['wu', 'chen', 'he']) await api.post('/api/v1/users', { name, role: 'viewer' });
    const { page } = await open('/administration/users?sort=-name');
    const names = () => page.locator('tbody th').allInnerTexts();
    await page.locator('tr[data-row=wu]').waitFor(slowly);
    expect(await names()).to.deep.equal(['wu', 'he', 'chen', 'admin']);
    await page.getByRole('searchbox').fill('viewer wu');
    await page.getByText('1 of 4 rows').waitFor();
    expect(await names()).to.deep.equal(['wu']);
    expect(page.url()).to.include('q=viewer+wu');
    await page.locator('summary').click();
    await page.getByRole('checkbox', { name: 'Created' }).check();
    await page.reload();
    await page.getByRole('columnheader', { name: 'Created' }).waitFor(slowly);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).to.equal('users.csv');
    const [head, ...lines] = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(head).to.equal('\uFEFFUser name,Role,Sees,State,Second step,Created');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^wu,Viewer,the whole plant,has not chosen a password yet,off,20\d\d-/);
    await page.context().close();
  });

  it('changes the shifts from a day to come: the week shows it, and what has begun stays', async () => {
    const { page } = await open('/administration/calendar');
    await page.getByRole('button', { name: 'Change the shifts' }).click(slowly);
    const shift = page.getByRole('group', { name: 'Day shift' });
    await shift.getByLabel('Ends').fill('16:00');
    await shift.getByRole('button', { name: 'Add a break' }).click();
    await shift.getByLabel('Break from').fill('07:00');
    await shift.getByLabel('to', { exact: true }).fill('07:30');
    await shift.getByRole('alert').getByText('The break lies outside the shift.').waitFor();
    expect(await page.getByRole('button', { name: 'Save the shifts' }).isDisabled()).to.equal(true);
    await shift.getByLabel('Break from').fill('12:00');
    await shift.getByLabel('to', { exact: true }).fill('12:30');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await takePicture(page, 'administration-calendar-edit');
    await page.getByRole('button', { name: 'Save the shifts' }).click();
    await page.getByRole('link', { name: /^From .* on$/ }).click(slowly);
    const changed = await planOf(page);
    expect(changed.at(-1)).to.equal(0, 'Sunday');
    await page.goto(`${page.url().replace(/week=[^&]*/, '')}&week=2020-06-01`);
    await page.locator('tr[data-date="2020-06-01"]').waitFor(slowly);
    expect(await planOf(page)).to.deep.equal([12, 12, 12, 12, 12, 0, 0]);
    await page.goto(`${page.url().replace(/week=[^&]*/, '')}&week=2060-06-01`);
    await page.locator('tr[data-date="2060-06-01"]').waitFor(slowly);
    expect((await planOf(page)).filter((hours) => hours > 0)).to.deep.equal([7.5, 7.5, 7.5, 7.5, 7.5]);
    await page.context().close();
  });

  it('adds a calendar and a machine that works by it, gives it a target and retires it', async () => {
    const { page, faults } = await open('/administration/calendar?add=calendar');
    await page.locator('input[name=calendar-id]').fill('Two Shifts', slowly);
    await page.getByLabel('Name, Chinese').fill('早班');
    await page.getByLabel('Name, English').fill('Early');
    await page.getByRole('button', { name: 'Create the calendar' }).click();
    await page.getByRole('link', { name: 'two-shifts' }).waitFor(slowly);
    await page.getByRole('button', { name: 'Add below Line one' }).click();
    await page.locator('input[name=name-zh]').fill('机床');
    await page.locator('input[name=name-en]').fill('Lathe');
    await page.locator('select[name=calendar]').selectOption('two-shifts');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const row = page.locator('[data-asset="hall.line-1.lathe"]');
    await row.getByText('two-shifts').waitFor(slowly);
    await row.getByRole('button', { name: 'Change Lathe' }).click();
    await page.locator('input[name=target]').fill('72.5');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await row.getByText('target OEE 72.5').waitFor(slowly);
    await row.getByRole('button', { name: 'Change Lathe' }).click();
    await page.getByRole('button', { name: 'Retire' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retire' }).click();
    await row.getByText('retired').waitFor(slowly);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('makes a key for a program, shown once; it opens what it was given until it is revoked', async () => {
    const { page } = await open('/administration/api-keys');
    await page.getByRole('button', { name: 'Make a key' }).click(slowly);
    await page.locator('input[name=key-name]').fill('BI');
    await page.locator('select').first().selectOption('30');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = String(await page.locator('[data-secret=api-key]').textContent(slowly));
    await page.getByRole('button', { name: 'I have kept it' }).click();
    const status = async (path: string) =>
      (await fetch(cloud.url + path, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await status('/api/v1/assets')).to.equal(200);
    expect(await status('/api/v1/audit')).to.equal(403);
    await page.getByRole('button', { name: 'Revoke BI' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('There is no key yet').waitFor(slowly);
    expect(await status('/api/v1/assets')).to.equal(401);
    await page.context().close();
  });

  it('tells what was done and what was refused, and finds it again', async () => {
    const { page, faults } = await open('/administration/audit?outcome=refused');
    const row = page.locator('tbody tr', { hasText: 'BI' });
    await row.first().waitFor(slowly);
    expect(await row.first().textContent()).to.include('refused');
    await page.locator('select[name=outcome]').selectOption('');
    await page.locator('input[name=action]').fill('api-key-create');
    await page.keyboard.press('Enter');
    await page.getByText('2 rows', { exact: true }).waitFor(slowly);
    expect(page.url()).to.include('action=api-key-create');
    expect(await page.locator('tbody tr').first().textContent()).to.match(/made an API key.*BI.*done/);
    await page.locator('input[name=to]').fill('2020-01-01');
    await page.getByText('Nothing of the kind is recorded.').waitFor(slowly);
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.locator('tbody tr').nth(20).waitFor(slowly);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('adds a tenant with its administrator, suspends it and resumes it', async () => {
    const { page, faults } = await open('/administration/tenants?add=');
    await page.locator('input[name=tenant-en]').fill('Third Works', slowly);
    await page.locator('input[name=tenant-zh]').fill('三厂');
    await page.locator('input[name=tenant-administrator]').fill('xu');
    await page.getByRole('button', { name: 'Create the tenant' }).click();
    const first = String(await page.locator('[data-secret=password]').textContent(slowly));
    await page.getByRole('button', { name: 'Suspend third-works' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    const row = page.locator('tr[data-row="third-works"]');
    await row.getByText('suspended since').waitFor(slowly);
    const refused = await new Api(cloud.url).signIn({ user: 'xu', password: first }).catch(String);
    expect(refused).to.include('tenant-suspended');
    await page.getByRole('button', { name: 'Resume third-works' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await row.getByText('active').waitFor(slowly);
    await new Api(cloud.url).signIn({ user: 'xu', password: first });
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('has forms that read well on a phone, in Chinese and in the dark', async () => {
    const view: View = { width: 390, height: 844, language: 'zh-CN', dark: true };
    const { page, faults } = await open('/administration', { view });
    for (const path of [
      'users?add=',
      'calendar?edit=',
      'calendar?asset=hall.line-1',
      'api-keys?add=',
      'tenants?add=',
    ]) {
      await page.getByRole('navigation', { name: '系统管理' }).waitFor(slowly);
      await page.goto(`${cloud.url}/administration/${path}`);
      await page.locator('.form-card').first().waitFor(slowly);
      expect(await sidewaysOverflow(page), path).to.be.at.most(0);
      expect(await accessibilityFaults(page), path).to.deep.equal([]);
      expect(faults, path).to.deep.equal([]);
      await takePicture(page, `administration-${path.replace(/\W+/g, '-')}-phone`);
    }
    await page.context().close();
  });
});

/** Planned hours of the seven days shown. */
async function planOf(page: Page): Promise<number[]> {
  const texts = await page.locator('.week tbody .week-planned').allTextContents();
  return texts.map((text) => Number.parseFloat(text));
}
