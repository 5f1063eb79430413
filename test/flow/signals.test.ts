import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { accessibilityFaults, sidewaysOverflow, takePicture } from '../kit/browser.ts';
import { storeKinds } from '../kit/servers/stores.ts';
import { showDemonstration } from '../kit/shown-demonstration.ts';

async function drag(page: Page, keys: string[] = []): Promise<void> {
  const area = await page.locator('.signal-chart .u-over').boundingBox();
  for (const key of keys) await page.keyboard.down(key);
  await page.mouse.move(area!.x + area!.width * 0.6, area!.y + 50);
  await page.mouse.down();
  await page.mouse.move(area!.x + area!.width * 0.8, area!.y + 60, { steps: 4 });
  await page.mouse.up();
  for (const key of keys) await page.keyboard.up(key);
}

for (const kind of storeKinds) {
  describe(`flow: the signals page in a browser, ${kind.name}`, function () {
    this.timeout(120_000);
    const demonstration = showDemonstration({ kind });

    it('draws chosen signals, zooms by mouse and keys, measures a part, and all of it is in the address', async () => {
      const { page, faults } = await demonstration.open('/signals');
      await page.getByRole('heading', { name: 'Which signals?' }).waitFor();
      await page.getByLabel('Search by machine').fill('press 1 temperature');
      await page.getByRole('checkbox', { name: 'press-1.temperature' }).click();
      await page.waitForURL(/tags=\d+$/);
      await page.getByLabel('Search by machine').fill('press-1.state');
      await page.getByRole('checkbox', { name: 'press-1.state' }).click();
      await page.waitForURL(/tags=\d+%2C\d+$/);
      await page.locator('.signal-chart .u-over').waitFor();
      const rows = page.locator('[data-panel="figures"] tbody tr');
      await rows.nth(1).waitFor();
      expect(await rows.count()).to.equal(2);
      await page.locator('[data-panel="figures"] tbody td:nth-child(3)', { hasText: /\d/ }).first().waitFor();

      await drag(page);
      await page.waitForURL(/from=\d+&to=\d+/);
      const closer = page.url();
      await drag(page, ['Shift']);
      await page.waitForURL(/part=\d+/);
      await page.getByText('Figures of the part').waitFor();
      expect(await sidewaysOverflow(page)).to.be.at.most(0);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await takePicture(page, 'signals-desk');

      const chart = page.getByRole('application');
      await chart.press('Escape');
      await page.waitForURL((url) => !url.search.includes('part='));
      await chart.press('ArrowLeft');
      await page.waitForURL((url) => url.href !== closer);
      await chart.press('Backspace');
      await page.waitForURL(closer);
      await chart.press('End');
      await page.waitForURL((url) => !url.search.includes('from='));

      const waiting = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: 'CSV' }).click();
      const file = await waiting;
      expect(file.suggestedFilename()).to.match(/^signals-.*\.csv$/);
      const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n');
      expect(lines[0]).to.match(/^time \(Asia\/Shanghai\),/);
      expect(lines.length).to.be.greaterThan(2);
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });

    it('opens from a link on a phone, and says what is wrong with one', async () => {
      const view = { width: 390, height: 844, language: 'zh-CN', dark: true } as const;
      const { page, faults } = await demonstration.open('/signals?tags=1,2&span=900000', view);
      await page.locator('.signal-chart .u-over').waitFor();
      const rows = page.locator('[data-panel="figures"] tbody tr');
      await rows.nth(1).waitFor();
      expect(await rows.count()).to.equal(2);
      expect(await sidewaysOverflow(page)).to.be.at.most(0);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await takePicture(page, 'signals-phone');
      await page.goto(`${demonstration.url}/signals?tags=1,999999`);
      await page.getByText('其中有些信号不存在').waitFor();
      await page.getByRole('button', { name: '去掉它们' }).click();
      await page.waitForURL(/tags=1$/);
      await page.locator('.signal-chart .u-over').waitFor();
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });
  });
}
