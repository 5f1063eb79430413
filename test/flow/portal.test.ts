import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { chooseAtOnceInPage } from '../browser/choose-at-once-in-page.ts';
import { openPage, requireBrowser, signIn } from '../kit/browser.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';

const slowly = { timeout: 30_000 };

const plant = `
tenant: { id: acme, name: { zh: 极致, en: Acme } }
assets:
  - id: hall
    level: site
    name: { zh: 一车间, en: Hall }
    children:
      - { id: line-1, level: line, name: { zh: 一号线, en: Line one }, children: [{ id: press, level: work-unit, name: { zh: 压机, en: Press } }] }
`;

/** What an administrator does in the portal, in the order of a first day: each test goes on where the last one ended. */
describe('flow: the portal in a browser', function () {
  this.timeout(90_000);
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

  async function open(path: string): Promise<{ page: Page; faults: string[] }> {
    const { page, faults } = await openPage(browser, {});
    await page.goto(cloud.url + path);
    await signIn(page, cloud.user, String(cloud.password));
    return { page, faults };
  }

  it('puts up a notice and a service in both languages, and takes one down again', async () => {
    const { page, faults } = await open('/portal');
    await page.getByRole('button', { name: 'Put up a notice' }).click(slowly);
    expect(new URL(page.url()).search).to.equal('?add=notice');
    await page.locator('input[name=titleZh]').fill('停电通知');
    await page.locator('input[name=titleEn]').fill('Power cut');
    await page.locator('textarea[name=textZh]').fill('周六八点');
    expect(await page.getByRole('button', { name: 'Put up', exact: true }).isDisabled(), 'a text is missing').to.equal(
      true,
    );
    await page.locator('textarea[name=textEn]').fill('Saturday at eight');
    await page.getByRole('button', { name: 'Put up', exact: true }).click();
    await page.locator('[data-panel=notice] [data-item]', { hasText: 'Saturday at eight' }).waitFor(slowly);

    await page.getByRole('button', { name: 'Put up a service' }).click();
    await page.locator('input[name=titleZh]').fill('诊断');
    await page.locator('input[name=titleEn]').fill('Diagnosis');
    await page.locator('textarea[name=textZh]').fill('免费');
    await page.locator('textarea[name=textEn]').fill('Free of charge');
    await page.locator('select[name=category]').selectOption('digital');
    await page.locator('input[name=link]').fill('javascript:alert(1)');
    await page.getByRole('button', { name: 'Put up', exact: true }).click();
    await page.locator('form [role=alert]').waitFor(slowly);
    await page.locator('input[name=link]').fill('https://example.org/diagnosis');
    await page.getByRole('button', { name: 'Put up', exact: true }).click();
    await page.locator('[data-panel=service] [data-item]', { hasText: 'Digital upgrade' }).waitFor(slowly);

    await page.getByRole('button', { name: 'Take down Power cut' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take down' }).click();
    await page.locator('[data-panel=notice]', { hasText: 'There is no notice.' }).waitFor(slowly);
    expect(faults.filter((fault) => !fault.includes('400'))).to.deep.equal([]);
    await page.context().close();
  });

  it('sets a plugin by a form made of its schema, and is told what is wrong', async () => {
    const { page, faults } = await open('/portal');
    await page.getByRole('link', { name: 'Settings of Energy per piece' }).click(slowly);
    const tariff = page.locator('input[name=tariff]');
    await tariff.fill('cheap');
    await page.locator('input[name=typicalDays]').fill('99');
    await page.getByRole('button', { name: 'Save' }).click(slowly);
    const refusal = page.locator('form [role=alert]');
    await refusal.getByText('settings.tariff').first().waitFor(slowly);
    expect(await refusal.textContent()).to.include('settings.typicalDays');
    await tariff.fill('0.72');
    await page.locator('input[name=typicalDays]').fill('20');
    await page.getByRole('button', { name: 'Add an entry to Meters' }).click();
    await page.locator('select[name="meters.0.line"]').selectOption({ label: 'Line one' });
    await page.getByRole('button', { name: 'Remove entry 1 of Meters' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('form [role=status]').waitFor(slowly);
    await page.reload();
    await tariff.waitFor(slowly);
    expect(await tariff.inputValue()).to.equal('0.72');
    expect(await page.locator('input[name=typicalDays]').inputValue()).to.equal('20');
    expect(faults.filter((fault) => !fault.includes('400'))).to.deep.equal([]);
    await page.context().close();
  });

  it('shows a page a plugin has declared, with its choices in the address, until the plugin is switched off', async () => {
    const { page, faults } = await open('/portal');
    await page.getByRole('link', { name: 'Energy per piece by line' }).click(slowly);
    await page.getByText('No line has a meter.').first().waitFor(slowly);
    await page.locator('select[name=line] option', { hasText: 'Line one' }).waitFor({ ...slowly, state: 'attached' });
    await page.evaluate(chooseAtOnceInPage, { window: 'day', line: 'hall.line-1' });
    await page.waitForURL(/line=/, slowly);
    expect(Object.fromEntries(new URL(page.url()).searchParams)).to.deep.equal({ window: 'day', line: 'hall.line-1' });
    await page.goto(`${cloud.url}/portal`);
    await page.getByRole('button', { name: 'Switch off Energy per piece' }).click(slowly);
    await page.locator('[data-plugin=energy][data-state=off]').waitFor(slowly);
    await page.goto(`${cloud.url}/portal/plugins/energy/lines`);
    await page.getByRole('link', { name: 'To the portal' }).click(slowly);
    await page.getByRole('button', { name: 'Switch on Energy per piece' }).click(slowly);
    await page.locator('[data-plugin=energy][data-state=on]').waitFor(slowly);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });
});
