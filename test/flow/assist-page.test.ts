import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { type RunningMachine, startMachine } from '#deploy/demo/newcomer';
import { PageNewcomer } from '#deploy/demo/page-newcomer';
import { RawServer } from '../edge/drivers/modbus/raw-server.ts';
import { openPage, requireBrowser, sidewaysOverflow } from '../kit/browser.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, healthOf, untilHealth } from '../kit/gateway.ts';
import { faultsInLooks } from '../kit/looks.ts';
import { type RunningEdge, startEdge } from '../kit/programs.ts';

/** Told by few readings: counters of many digits. */
const names = ['pulses', 'batch', 'shots'];

describe('flow: the assistant on the local page', function () {
  this.timeout(90_000);
  const { folder, remove } = temporaryFolder();
  const polled = new RawServer();
  let browser: Browser;
  let edge: RunningEdge;
  let machine: RunningMachine;

  before(async function () {
    browser = await requireBrowser(this);
    machine = await startMachine('assist');
    const port = await polled.start();
    const sources = `  - name: press-1
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 200ms
    tags: [{ name: count, address: "holding:20", type: uint16 }]`;
    const buffer = join(folder, 'buffer');
    const config = gatewayConfig({ name: 'hall-3', url: 'http://127.0.0.1:9', buffer, sources });
    edge = await startEdge({ config });
    await untilHealth(edge, ({ sources: [press] }) => press?.state === 'connected');
  });
  after(async () => {
    await browser?.close();
    await edge?.stop();
    await machine?.stop();
    await polled.stop();
    remove();
  });

  const send = (form: Readonly<Record<string, string>>) =>
    fetch(`${edge.statusUrl}/assist`, {
      method: 'POST',
      headers: { origin: edge.statusUrl, 'accept-language': 'en' },
      body: new URLSearchParams(form),
      redirect: 'manual',
    });

  it('a machine nobody has a list of becomes a source that is read, from a browser alone', async () => {
    const { page, faults } = await openPage(browser, { language: 'zh-CN', width: 390, height: 844 });
    const visitor = {
      page,
      language: 'zh-CN' as const,
      takeFaults: () => faults.splice(0),
      open: async () => {},
      goOn: async () => {},
    };
    const looks = [{ dark: false, size: 'phone' } as const];
    const found: string[] = [];
    const newcomer = new PageNewcomer({
      ...{ page, machine, names, source: 'unit-7', url: edge.statusUrl },
      ...{ keyMs: 0, lookMs: 50 },
      onStep: async (step) => {
        if (step === 'settled') await page.goto(`${edge.statusUrl}/assist?tag=pulses&all=1`);
        found.push(...(await faultsInLooks(visitor, `assist-${step}`, looks)));
        expect(await sidewaysOverflow(page), step).to.be.at.most(0);
      },
    });
    const { right, tags, wrong } = await newcomer.run();
    expect([right, tags, wrong]).to.deep.equal([3, 3, []]);
    expect(found).to.deep.equal([]);
    await untilHealth(edge, ({ sources }) =>
      sources.some(({ name, state }) => name === 'unit-7' && state === 'connected'),
    );
    expect(readFileSync(edge.configFile, 'utf8')).to.contain('name: unit-7');
    await page.context().close();
  });

  it('a source the agent polls is read over its own connection, and by no other', async () => {
    const address = {
      do: 'begin',
      name: 'other',
      host: 'localhost',
      port: String(polled.port),
      from: 'holding:0',
      count: '30',
    };
    const refused = await (await send(address)).text();
    expect(refused).to.contain('The gateway itself reads this address').and.contain('press-1');
    expect(
      await send({ ...address, host: '', source: 'press-1', unit: '9' }).then((answer) => answer.text()),
    ).to.contain('9 is not read by press-1');
    const before = await healthOf(edge);
    const begun = await send({ ...address, host: '', source: 'press-1' });
    expect(begun.status).to.equal(303);
    const page = await (await fetch(`${edge.statusUrl}/assist`, { headers: { 'accept-language': 'en' } })).text();
    expect(page).to.contain('30 of 30 can be read');
    await send({ do: 'discard' });
    expect(polled.connectionsTotal).to.equal(1);
    expect((await healthOf(edge)).sources[0]!.detail).to.equal(before.sources[0]!.detail);
  });
});
