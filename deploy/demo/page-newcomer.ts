import { sleep, systemClock } from '@gongfu/shared/base/clock';
import type { Page } from 'playwright-core';
import { comparedWithTruth, type NewcomerOptions, type NewcomerResult, panelOf } from './newcomer.ts';

export interface PageNewcomerOptions extends Pick<NewcomerOptions, 'machine' | 'keyMs' | 'lookMs'> {
  /** Signed in at the local page of a gateway. */
  readonly page: Page;
  /** As `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Values of the panel that are typed; all of them unless told. */
  readonly names?: readonly string[];
  /** Name of the new source. */
  readonly source: string;
  /** Patience: looks at the panel. */
  readonly readingsMax?: number;
  /** A moment for a picture. */
  readonly onStep?: (step: 'begin' | 'typing' | 'settled' | 'written') => Promise<void>;
}

/** On a machine with other work. */
const patiently = { timeout: 120_000 };

/** Somebody who knows nothing of Modbus, before the assistant's page: looks at the panel, types key by key, goes where the page points. */
export class PageNewcomer {
  readonly #options: PageNewcomerOptions;
  #readings = 0;

  constructor(options: PageNewcomerOptions) {
    this.#options = options;
  }

  async run(): Promise<Omit<NewcomerResult, 'screen'>> {
    const { page, url, machine, readingsMax = 150, onStep = async () => {} } = this.#options;
    const beganMs = systemClock.monotonicMs();
    await page.goto(`${url}/assist`);
    await onStep('begin');
    await this.#begin();
    const panel = await panelOf(machine);
    for (const { name, unit } of panel) {
      if (this.#options.names?.includes(name) === false) continue;
      await this.#type('input[name=name-new]', name);
      await this.#type('input[name=unit-new]', unit);
      await this.#look(name, 'input[name=value-new]');
    }
    await onStep('typing');
    while (this.#readings < readingsMax && (await page.locator('.panel-row').count()) > 0) await this.#lookAgain();
    await onStep('settled');
    const likely = page.locator('input[name=likely]');
    if ((await likely.count()) > 0) await likely.check();
    await this.#press('write');
    await page.locator('#written [role]').waitFor();
    const seconds = (systemClock.monotonicMs() - beganMs) / 1_000;
    await onStep('written');
    const acceptance = (await (await page.request.get(`${url}/assist/report.json`)).json()) as {
      tags: { name: string; verdict: string; keys?: Record<string, unknown> }[];
    };
    const compared = await comparedWithTruth(machine, acceptance.tags);
    return { seconds, readings: this.#readings, ...compared };
  }

  async #begin(): Promise<void> {
    const { machine, source } = this.#options;
    await this.#type('input[name=name]', source);
    await this.#type('input[name=host]', '127.0.0.1');
    await this.#type('input[name=port]', String(machine.port));
    await this.#type('input[name=from]', 'holding:0 input:0 coil:0 discrete:0');
    await this.#type('input[name=count]', '100');
    await this.#press('begin');
  }

  /** Goes where the page points; where it points nowhere for a while, to the first field. */
  async #lookAgain(): Promise<void> {
    const { page } = this.#options;
    const label = page.locator('.look-again label').first();
    await label.waitFor({ timeout: 15_000 }).catch(() => {});
    const place = await label.getAttribute('for', { timeout: 100 }).catch(() => null);
    const wanted = place === null ? '' : `#${place}`;
    const field = (await page.locator(`input${wanted}[data-typed]`).count()) > 0 ? wanted : '';
    const row = page.locator('.panel-row', { has: page.locator(`input${field}[data-typed]`) }).first();
    const name = await row.locator('input[type=hidden]').inputValue();
    const id = await row.locator('input[data-typed]').getAttribute('id');
    await this.#look(name, `#${id}`);
  }

  async #look(name: string, field: string): Promise<void> {
    const { machine, page, lookMs, keyMs } = this.#options;
    await page.locator(field).focus();
    const { shows } = (await panelOf(machine)).find((item) => item.name === name)!;
    this.#readings += 1;
    await sleep(systemClock, lookMs);
    await page.locator(field).pressSequentially(shows, { delay: keyMs });
    await sleep(systemClock, keyMs);
    await Promise.all([page.waitForEvent('load', patiently), page.keyboard.press('Enter')]);
  }

  async #type(field: string, text: string): Promise<void> {
    const { page, keyMs } = this.#options;
    await page.locator(field).fill('');
    await page.locator(field).pressSequentially(text, { delay: keyMs });
  }

  async #press(what: string): Promise<void> {
    const { page } = this.#options;
    await Promise.all([page.waitForEvent('load', patiently), page.locator(`button[value=${what}]`).click()]);
  }
}
