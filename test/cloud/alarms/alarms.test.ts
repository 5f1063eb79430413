import type { LiveAlarm } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { io, type Socket } from 'socket.io-client';
import {
  accessibilityFaults,
  openPage,
  requireBrowser,
  sidewaysOverflow,
  signIn,
  takePicture,
  type View,
} from '../../kit/browser.ts';
import { CommandGateway } from '../../kit/command-gateway.ts';
import { textFaults } from '../../kit/text-layout.ts';
import { until } from '../../kit/until.ts';
import { addUser } from '../access/access-fixture.ts';
import { password, ServiceFixture, userNames } from '../access/service-fixture.ts';

describe('alarms of machines: from the gateway to HTTP and browsers', function () {
  this.timeout(60_000);
  const gateway = new CommandGateway({ id: 'press', tags: [], writable: [] });
  const sockets: Socket[] = [];
  const service = new ServiceFixture(async (records) => {
    const enrolled = { status: 'enrolled', enrolledAt: 1, tenantId: 'default' } as const;
    await records.gateways.create({ ...enrolled, _id: 'press', name: 'line 1', publicKey: gateway.publicKey });
    const user = { tenantId: 'default', password };
    await addUser(records, { ...user, name: 'wang', role: 'plant-manager' });
    await addUser(records, { ...user, name: 'sun', role: 'plant-manager', scope: ['site.elsewhere'] });
    await addUser(records, { ...user, name: 'clerk', role: 'enterprise-clerk' });
  });

  before(async () => {
    await service.start();
    await gateway.connect(service.url);
  });
  after(async () => {
    for (const socket of sockets) socket.disconnect();
    gateway.disconnect();
    await service.stop();
  });

  const state = {
    ...{ kind: 'condition', source: 'plc', condition: 'nsu=urn:p;s=Hot', branch: '', name: 'Hot', origin: 'Press' },
    ...{ type: 'AlarmConditionType', message: '炉温过高', severity: 700, active: true, acknowledged: false },
    ...{ confirmed: null, retain: true, time: 1_700_000_000_000, activeSince: null, refresh: 1 },
  };
  const say = (...reports: { number: number; report: unknown }[]) =>
    gateway.say('conditions', { version: 1, epoch: 1, reports });
  const ask = async (who: string, query = '') =>
    service.ask('get', `/api/v1/alarms?gateway=press${query}`, { token: await service.tokenOf(who) });
  const listen = async (who: string): Promise<LiveAlarm[]> => {
    const heard: LiveAlarm[] = [];
    const auth = { token: await service.tokenOf(who) };
    const socket = io(`${service.url}/live`, { transports: ['websocket'], auth, forceNew: true });
    sockets.push(socket);
    socket.on('alarms', (alarms: LiveAlarm[]) => heard.push(...alarms));
    await new Promise<void>((resolve) => void socket.once('connect', resolve));
    return heard;
  };

  it('says to a gateway that it takes them', () => {
    expect(gateway.helloAnswer).to.include({ conditions: 1 });
  });

  it('shows them to whoever may see the source, live and by HTTP, and to nobody else', async () => {
    const [heard, elsewhere, clerk] = [await listen('wang'), await listen('sun'), await listen('clerk')];
    expect(await say({ number: 1, report: state })).to.deep.equal({ received: true, refused: [] });
    await until(() => heard.length === 1);
    const { status, body } = await ask('wang', '&state=open');
    expect(status).to.equal(200);
    const [alarm] = body.items as Record<string, unknown>[];
    expect(alarm).to.deep.include({
      ...{ gateway: 'line 1', gatewayId: 'press', source: 'plc', name: 'Hot', origin: 'Press', message: '炉温过高' },
      ...{ severity: 700, active: true, acknowledged: false, confirmed: null, open: true, watched: true },
      ...{ openedAt: '2023-11-14T22:13:20.000Z', endedAt: null, ended: null },
    });
    const { openedAt, changedAt, ...same } = heard[0]!;
    expect([openedAt, changedAt]).to.deep.equal([state.time, state.time]);
    expect(alarm).to.deep.include(same);
    expect((await ask('sun')).body.items).to.deep.equal([]);
    expect((await ask('clerk')).status).to.equal(403);
    expect([elsewhere, clerk]).to.deep.equal([[], []]);
  });

  it('tells of the end, and when the gateway is away that nobody watches', async () => {
    const heard = await listen('wang');
    await say({ number: 2, report: { ...state, condition: 'other' } });
    await say({ number: 3, report: { ...state, active: false, retain: false, time: state.time + 1 } });
    await until(() => heard.some(({ open, ended }) => !open && ended === 'told'));
    expect((await ask('wang', '&state=ended')).body.items).to.have.length(1);
    gateway.disconnect();
    await until(async () => {
      const [open] = (await ask('wang', '&state=open')).body.items as { watched: boolean }[];
      return open?.watched === false;
    });
    await gateway.connect(service.url);
  });

  it('refuses alone what no alarm can be, and answers to what is no message at all', async () => {
    const hostile = { ...state, condition: 'huge', message: 'x'.repeat(1_000_000) };
    const answer = await say({ number: 4, report: hostile }, { number: 5, report: null }, { number: 6, report: state });
    expect(answer).to.deep.include({ received: true });
    const { refused } = answer as { refused: { number: number; detail: string }[] };
    expect(refused.map(({ number }) => number)).to.deep.equal([4, 5]);
    expect(refused[0]!.detail).to.include('message');
    for (const message of [null, 5, {}, { version: 2, epoch: 1, reports: [] }, { version: 1, epoch: 9, reports: [] }])
      expect(await gateway.say('conditions', message)).to.include({ received: false, code: 'payload-invalid' });
    expect((await ask('wang', '&state=open')).body.items).to.have.length(2);
  });

  describe('on the page', () => {
    let browser: Browser;

    before(async function () {
      browser = await requireBrowser(this);
      await say({
        number: 20,
        report: { ...state, condition: 'seen', name: 'Door', message: 'Door open', severity: 300 },
      });
      await say({ number: 21, report: { ...state, condition: 'door', severity: null, message: '', active: false } });
    });
    after(() => browser?.close());

    async function opened(user: string, address: string, view: View = {}): Promise<{ page: Page; faults: string[] }> {
      const shown = await openPage(browser, view);
      await shown.page.goto(service.url + address);
      await signIn(shown.page, user, password);
      await shown.page.locator('input[name=password]').waitFor({ state: 'detached' });
      return shown;
    }
    async function sound(page: Page, picture: string): Promise<void> {
      await takePicture(page, picture);
      expect(await accessibilityFaults(page), picture).to.deep.equal([]);
      expect(await textFaults(page), picture).to.deep.equal([]);
      expect(await sidewaysOverflow(page), picture).to.be.at.most(0);
    }

    it('shows what is open, a new one at once, and what has ended when asked', async () => {
      const { page, faults } = await opened('wang', '/alarms');
      await page.locator('tr[data-row]', { hasText: 'Door open' }).waitFor();
      await say({ number: 30, report: { ...state, condition: 'new', message: 'Emergency stop', severity: 900 } });
      const row = page.locator('tr[data-row]', { hasText: 'Emergency stop' });
      await row.getByText('high (900)').waitFor({ timeout: 5_000 });
      await row.getByText('active, not acknowledged').waitFor();
      await sound(page, 'alarms-desk');
      const over = { ...state, condition: 'new', message: 'Emergency stop', retain: false, active: false };
      await say({ number: 31, report: over });
      await row.waitFor({ state: 'detached', timeout: 5_000 });
      await page.locator('select[name=state]').selectOption('ended');
      await row.getByText('ended', { exact: true }).waitFor();
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });

    it('says on a phone, in Chinese, what nobody watches', async () => {
      await say({ number: 40, report: { kind: 'unwatched', source: 'plc', time: state.time + 5 } });
      const view = { width: 390, height: 844, language: 'zh-CN', dark: true } as const;
      const { page, faults } = await opened('wang', '/alarms', view);
      await page.getByText('活动，未确认').first().waitFor();
      await page
        .getByText(/^自 .* 起未监视$/)
        .first()
        .waitFor();
      await sound(page, 'alarms-phone');
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });

    it('says why they have ended when their gateway was revoked', async () => {
      await say({ number: 50, report: { ...state, condition: 'last', message: 'Last words', severity: 500 } });
      const token = await service.tokenOf(userNames.administrator);
      expect((await service.ask('delete', '/api/v1/gateways/press', { token })).status).to.equal(204);
      await until(async () => (await ask('wang', '&state=open')).body.items?.toString() === '');
      const { body } = await ask('wang', '&state=ended');
      const last = (body.items as Record<string, unknown>[]).find(({ message }) => message === 'Last words');
      expect(last).to.include({ ended: 'gateway-revoked', open: false, watched: false, active: true });
      const words = [
        ['en', 'not watched any more: gateway revoked'],
        ['zh-CN', '不再监视：网关已吊销'],
      ] as const;
      for (const [language, text] of words) {
        const { page, faults } = await opened('wang', '/alarms?state=ended', { width: 390, height: 844, language });
        const row = page.locator('tr[data-row]', { hasText: 'Last words' });
        await row.getByText(text).waitFor();
        await sound(page, `alarms-revoked-${language}`);
        expect(faults).to.deep.equal([]);
        await page.context().close();
      }
    });

    it('is not open to who sees no machine', async () => {
      const { page } = await opened('clerk', '/alarms');
      await page.getByText('This page is not open to your role.').waitFor();
      await page.context().close();
    });
  });
});
