import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { requireBrowser, type View } from '../../kit/browser.ts';
import { CommandGateway } from '../../kit/command-gateway.ts';
import { expectSound, openedAs } from '../../kit/looked-at.ts';
import { until } from '../../kit/until.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

const pressLine = 'sources:\n  - { name: press, driver: modbus, host: 10.0.0.1, tags: [] }\n';

describe('web page: versions of what a gateway reads', function () {
  this.timeout(90_000);
  const gateway = new CommandGateway({ id: 'press-hall', tags: [], writable: [] });
  const service = new ServiceFixture(async (records) => {
    const enrolled = { status: 'enrolled', enrolledAt: 1, tenantId: 'default' } as const;
    await records.gateways.create({
      ...enrolled,
      _id: 'press-hall',
      name: 'press-hall',
      publicKey: gateway.publicKey,
    });
  });
  let browser: Browser;

  before(async function () {
    browser = await requireBrowser(this);
    await service.start();
    await gateway.connect(service.url);
    expect(await gateway.say('heartbeat', heartbeat('press', 'oven'))).to.deep.include({ accepted: true });
  });
  after(async () => {
    await browser?.close();
    gateway.disconnect();
    await service.stop();
  });

  const opened = (user: string, address: string, view?: View) =>
    openedAs(browser, { url: service.url + address, user, password }, view);

  const marked = (page: Page, state: string) => page.locator(`[data-state=${state}]`).waitFor();

  it('is written, corrected, tried and refused with every fault at its line, by keyboard alone', async () => {
    const { page, faults } = await opened(userNames.administrator, '/gateways');
    await page.getByRole('link', { name: 'Configuration versions of press-hall' }).press('Enter');
    await page.getByText('This gateway was given no version yet').waitFor();
    await expectSound(page, 'configurations-none');
    await page.getByRole('link', { name: 'Write a new version' }).press('Enter');
    const field = page.getByRole('textbox', { name: 'YAML of the new version' });
    await field.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('sources:\n  - { name: press, driver: opcua, password: mellon }\n');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent'), 'Tab leaves the field').to.equal('Open a file …');
    await page.keyboard.press('Tab');
    await page.keyboard.type('second oven');
    await page.keyboard.press('Enter');
    await page.getByText('Read no more: oven').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('is a secret: write a variable').first().waitFor();
    await page.getByRole('button', { name: 'Line 2' }).press('Enter');
    expect(await page.locator('.cm-lint-marker-error').count()).to.equal(1);
    await expectSound(page, 'configurations-fault');
    expect(gateway.configurations, 'nothing was sent').to.deep.equal([]);
    await field.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(`${pressLine}  - { name: oven, driver: modbus, host: 10.0.0.2, tags: [] }\n`);
    await page.locator('input[name=note]').press('Enter');
    await page.getByText('Stay: press, oven').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await marked(page, 'trying');
    const places = [
      { where: 'configuration:2:5', what: 'sources[0].tags: must have at least one' },
      { where: 'configuration:3:5', what: 'sources[1].tags: must have at least one' },
    ];
    await gateway.settle({ outcome: 'refused', code: 'config-invalid', detail: 'two faults', places });
    await marked(page, 'refused');
    await page.getByText('2 faults, each in its line:').waitFor();
    expect(await page.locator('.cm-lint-marker-error').count()).to.equal(2);
    await expectSound(page, 'configurations-refused');
    expect(faults.filter((fault) => !fault.includes('422'))).to.deep.equal([]);
    await page.context().close();
  });

  it('shows what differs, what runs, and sends an older one again', async () => {
    const { page, faults } = await opened(userNames.administrator, '/gateways/configurations?gateway=press-hall&edit=');
    const send = async (text: string, note: string): Promise<void> => {
      await page.getByRole('textbox', { name: 'YAML of the new version' }).fill(text);
      await page.locator('input[name=note]').fill(note);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Send to press-hall' }).click();
      await marked(page, 'trying');
    };
    await send(pressLine, 'the press alone');
    await gateway.settle();
    await marked(page, 'applied');
    await page.getByText('runs now').waitFor();
    await page.getByRole('link', { name: 'Edit as a new version' }).click();
    await send(pressLine.replace('10.0.0.1', '10.0.0.9'), 'press has moved');
    await gateway.settle({
      outcome: 'rolled-back',
      code: 'configuration-unproved',
      detail: 'after 60 s source press was connected before and is failing',
    });
    await marked(page, 'rolled-back');
    await page.getByLabel('Compare with').selectOption({ label: 'Version 2' });
    await page.locator('.cm-deletedLine, .cm-deletedChunk').first().waitFor();
    await expectSound(page, 'configurations-differences');
    await page.getByRole('link', { name: 'Edit as a new version' }).click();
    await send(`${pressLine}  - { name: oven, driver: modbus, host: 10.0.0.2, tags: [] }\n`, 'oven');
    await gateway.settle();
    await marked(page, 'applied');
    await page.getByRole('link', { name: 'All versions' }).click();
    await page.locator('tr[data-row="4"]').getByText('runs now').waitFor();
    await expectSound(page, 'configurations-desk');
    await page.getByRole('link', { name: 'Version 3' }).click();
    await marked(page, 'rolled-back');
    expect(await page.getByRole('link', { name: 'Roll back to this version' }).count()).to.equal(0);
    await page.goBack();
    await page.getByRole('link', { name: 'Version 2' }).click();
    await page.getByRole('link', { name: 'Roll back to this version' }).click();
    await page.getByText('Read no more: oven').waitFor();
    await expectSound(page, 'configurations-review');
    await page.getByRole('button', { name: 'Send to press-hall' }).click();
    await marked(page, 'trying');
    await until(() => gateway.configurations.at(-1)?.number === 5);
    expect(gateway.configurations.at(-1)?.text).to.equal(pressLine);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('in Chinese, on a phone, in the dark', async () => {
    const view = { width: 390, height: 844, language: 'zh-CN', dark: true } as const;
    const { page, faults } = await opened(userNames.administrator, '/gateways/configurations?gateway=press-hall', view);
    await page.locator('tr[data-row="5"]').getByText('试运行中').waitFor();
    await gateway.settle({ outcome: 'superseded', code: 'configuration-superseded', detail: 'own file' });
    await page.locator('tr[data-row="5"]').getByText('现场已更改').waitFor();
    expect(await page.getByText('正在运行').count(), 'its own file runs').to.equal(0);
    await expectSound(page, 'configurations-phone');
    await page.getByRole('link', { name: '版本 3' }).click();
    await page.getByLabel('对比').selectOption({ label: '版本 2' });
    await page.locator('.cm-changedLine').first().waitFor();
    await expectSound(page, 'configurations-differences-phone');
    await page.getByRole('link', { name: '以此编写新版本' }).click();
    const field = page.getByRole('textbox', { name: '新版本的 YAML' });
    await field.fill('sources: []');
    await page.reload();
    await field.getByText('sources: []').waitFor();
    await page.getByText('您之前在此窗口编写的内容已保留。').waitFor();
    await page.locator('input[type=file]').setInputFiles({
      name: 'hall.yaml',
      mimeType: 'application/yaml',
      buffer: Buffer.from('sources: [ ]\n'),
    });
    await field.getByText('sources: [ ]').waitFor();
    expect(await page.locator('input[name=note]').inputValue()).to.equal('hall.yaml');
    await expectSound(page, 'configurations-write-phone');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('is not there for those who may not', async () => {
    const { page } = await opened(userNames.viewer, '/gateways');
    await page.getByText('press-hall').first().waitFor();
    expect(await page.getByRole('link', { name: /^Configuration versions/ }).count()).to.equal(0);
    await page.goto(`${service.url}/gateways/configurations?gateway=press-hall`);
    await page.getByText('This page is not open to your role.').waitFor();
    await page.context().close();
  });
});

function heartbeat(...names: string[]): object {
  return {
    ...{ backlogBatches: 0, backlogBytes: 0, capacityBytes: 1, oldestTime: null, samplesPerSecond: 1, gapsTotal: 0 },
    sources: names.map((name) => ({ name, driver: 'modbus', state: 'connected', detail: '' })),
  };
}
