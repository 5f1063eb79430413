import { expect } from 'chai';
import { accessibilityFaults, sidewaysOverflow, takePicture } from '../kit/browser.ts';
import { showDemonstration } from '../kit/shown-demonstration.ts';

describe('flow: the machine page in a browser', function () {
  this.timeout(120_000);
  const demonstration = showDemonstration();

  for (const view of [
    { name: 'desk', width: 1440, height: 900, language: 'en', dark: false, machine: 'Curing press 1' },
    { name: 'phone', width: 390, height: 844, language: 'zh-CN', dark: true, machine: '1 号硫化机' },
  ] as const) {
    it(`leads from the overview to states, losses and signals: ${view.name}`, async () => {
      const { page, faults } = await demonstration.open('/', view);
      const link = page.getByRole('link', { name: view.machine, exact: true });
      await link.waitFor();
      if (view.name === 'desk') await link.click();
      else await link.press('Enter');
      await page.getByRole('heading', { level: 1, name: view.machine }).waitFor();
      for (const [panel, row] of [
        ['losses', 0],
        ['hours', 0],
        ['signals', 2],
      ] as const)
        await page.locator(`[data-panel="${panel}"] tbody tr`).nth(row).waitFor({ timeout: 45_000 });
      await page.locator('[data-panel="waterfall"] tr').nth(8).waitFor({ timeout: 45_000 });
      expect(await page.locator('[data-panel="waterfall"] tr').count()).to.equal(9);
      // Which one, the machine decides: it may stand just now.
      await page.locator('.state-timeline rect[data-state]:not([data-state="unknown"])').first().waitFor({
        state: 'attached',
        timeout: 45_000,
      });
      const timeline = page.getByRole('slider');
      const newest = await timeline.getAttribute('aria-valuetext');
      await timeline.press('Home');
      expect(await timeline.getAttribute('aria-valuetext')).not.to.equal(newest);
      expect(await timeline.getAttribute('aria-valuenow')).to.equal('1');
      expect(await sidewaysOverflow(page)).to.be.at.most(0);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await takePicture(page, `machine-${view.name}`);
      await page.getByRole('link', { name: view.language === 'en' ? 'Today' : '今天' }).click();
      await page.waitForURL(/day=today/);
      await page.goBack();
      await page.waitForURL((url) => url.search === '' || url.search === '?');
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });
  }
});
