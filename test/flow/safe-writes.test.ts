import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { LocalPassword } from '#edge/health/local-password';
import { Api } from '../kit/api.ts';
import { accessibilityFaults, openPage, requireBrowser, signIn, takePicture } from '../kit/browser.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, isDrained, untilHealth } from '../kit/gateway.ts';
import { ModbusPlc } from '../kit/modbus-plc.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';
import { until } from '../kit/until.ts';

interface Command {
  readonly id: string;
  readonly state: string;
  readonly result: { readonly outcome: string; readonly code: string; readonly readBack: unknown } | null;
}

const setpointRegister = 10;
const totalRegister = 20;
const localPassword = 'three-blue-presses';

describe('flow: a value from HTTP and from the page into the register of a PLC, and its result back', function () {
  this.timeout(120_000);
  const data = temporaryFolder();
  const buffer = temporaryFolder();
  const plc = new ModbusPlc();
  let cloud: RunningCloud;
  let edge: RunningEdge;
  let api: Api;
  let setpoint: string;

  before(async () => {
    await plc.start();
    plc.registers[setpointRegister] = 400;
    cloud = await startCloud({ dataDir: data.folder });
    api = new Api(cloud.url);
    await api.signIn(cloud);
    const config = gatewayConfig({ name: 'line-1', url: cloud.url, buffer: buffer.folder, sources: source() });
    const env = { GONGFU_CODE: await api.code('line-1') };
    await new LocalPassword({ folder: buffer.folder, cost: { N: 1024, r: 8, p: 1 } }).set(localPassword);
    edge = await startEdge({ config: `commands: { enabled: true, local: true }\n${config}`, env });
    await untilHealth(edge, isDrained);
    setpoint = await api.tag('setpoint');
  });
  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await plc.stop();
    data.remove();
    buffer.remove();
  });

  /** Half a minute for an answer: while it is slow the test looks at what happens meanwhile. */
  function source(): string {
    return `  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: ${plc.port}
    interval: 100ms
    timeout: 30s
    tags:
      - { name: setpoint, address: "holding:${setpointRegister}", type: int16, scale: 0.1, unit: Cel, write: { min: 0, max: 90 } }
      - { name: total, address: "holding:${totalRegister}", type: int64, write: { min: 0, max: 9100000000000000 } }
      - { name: fixed, address: "holding:30", type: int16 }`;
  }

  const ask = (tag: string, value: unknown, key: string) =>
    api.post<Command>('/api/v1/commands', { tag, value, reason: 'test', key, expiresInMs: 60_000 });
  const read = (id: string) => api.get<Command>(`/api/v1/commands/${id}`);
  async function ended(id: string): Promise<Command> {
    await until(async () => !['queued', 'sent'].includes((await read(id)).state));
    return read(id);
  }
  const refusal = (asked: Promise<unknown>) => asked.then(String, (error: Error) => error.message);

  it('writes what the gateway offers, exactly, and nothing else', async () => {
    const first = await ended((await ask(setpoint, 42.5, 'first')).id);
    expect([first.state, first.result?.readBack]).to.deep.equal(['written', 42.5]);
    expect(plc.registers[setpointRegister]).to.equal(425);
    const total = await ended((await ask(await api.tag('total'), '9007199254740993', 'exact')).id);
    expect([total.state, total.result?.readBack]).to.deep.equal(['written', '9007199254740993']);
    expect([...plc.registers.subarray(totalRegister, totalRegister + 4)]).to.deep.equal([0x20, 0, 0, 1]);
    const before = plc.writes.length;
    expect((await ask(setpoint, 42.5, 'first')).id).to.equal(first.id);
    expect(await refusal(ask(setpoint, 90.1, 'too-much'))).to.include('command-out-of-range');
    expect(await refusal(ask(await api.tag('fixed'), 1, 'fixed'))).to.include('command-tag-not-writable');
    const inexact = await ended((await ask(setpoint, 21.34, 'inexact')).id);
    expect([inexact.state, inexact.result?.code]).to.deep.equal(['refused', 'value-unfit']);
    expect(plc.writes).to.have.length(before);
  });

  it('writes once and tells the result, though the cloud is killed between sending and result', async () => {
    const port = Number(new URL(cloud.url).port);
    const before = plc.writes.length;
    plc.delayMs = 1_500;
    const { id } = await ask(setpoint, 55, 'kill');
    await until(() => plc.writes.length > before);
    expect((await read(id)).state).to.equal('sent');
    await cloud.kill9();
    plc.delayMs = 0;
    cloud = { ...(await startCloud({ dataDir: data.folder, port })), password: cloud.password };
    expect(await ended(id)).to.deep.include({ state: 'written' });
    expect((await ask(setpoint, 55, 'kill')).id).to.equal(id);
    await untilHealth(edge, isDrained);
    expect(plc.writes).to.have.length(before + 1);
    expect(plc.registers[setpointRegister]).to.equal(550);
  });

  it('shows on the page what the register has become', async function () {
    const browser: Browser = await requireBrowser(this);
    try {
      const { page, faults } = await openPage(browser);
      await page.goto(`${cloud.url}/signals?tags=${setpoint}`);
      await signIn(page, cloud.user, cloud.password!);
      await page.getByRole('button', { name: /^Write / }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('55 °C').waitFor();
      await dialog.getByLabel('New value').fill('61.5');
      await dialog.getByLabel('Reason').fill('new recipe');
      await dialog.getByRole('button', { name: 'Continue' }).click();
      await dialog.getByRole('button', { name: 'Write now' }).click();
      await dialog.locator('[data-state=written]').waitFor();
      await dialog.getByText('The machine now holds 61.5 °C').waitFor();
      expect(plc.registers[setpointRegister]).to.equal(615);
      await takePicture(page, 'safe-write-done');
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await dialog.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('cell', { name: '61.5' }).first().waitFor();
      expect(faults).to.deep.equal([]);
    } finally {
      await browser.close();
    }
  });

  it('lets people at the gateway write as long as nobody else must approve', async () => {
    let keys = 0;
    const write = async (value: number) => {
      keys += 1;
      const request = { tag: 'setpoint', value, key: `local-${keys}`, expiresAt: Date.now() + 10_000, by: 'li' };
      const authorization = `Basic ${btoa(`any:${localPassword}`)}`;
      const headers = { 'content-type': 'application/json', authorization };
      const asked = { method: 'POST', headers, body: JSON.stringify(request) };
      return ((await (await fetch(`${edge.statusUrl}/api/v1/writes`, asked)).json()) as { code: string }).code;
    };
    expect(await write(70)).to.equal('written');
    expect(plc.registers[setpointRegister]).to.equal(700);
    await api.put('/api/v1/command-settings', { gateway: null, secondApprover: true });
    await until(async () => (await write(71)) === 'second-approver');
  });
});
