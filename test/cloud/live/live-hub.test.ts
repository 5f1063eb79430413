import { sleep, systemClock } from '@gongfu/shared/base/clock';
import type { LiveGateway, LiveKpi, LiveSample } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { permissions } from '#cloud/access/principal';
import { ask, figures, gateway, good, once, pause, refused, Stage, unsentPackets, until } from './live-stage.ts';

describe('live hub', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
    stage.signIn('ann');
    for (let tag = 1; tag <= 20; tag += 1) stage.tagTenants.set(tag, 'a');
    stage.tagTenants.set(99, 'b');
  });
  afterEach(() => stage.stop());

  it('refuses a connection without a valid token and says so', async () => {
    await stage.start();
    const error = await once<Error & { data: { code: string; advice: string } }>(stage.open('nobody'), 'connect_error');
    expect(error.data.code).to.equal('live-sign-in-required');
    expect(stage.hub.figures().clients).to.equal(0);
  });

  it('fills the first answer and brings the newest after, 64-bit exact, bad without value', async () => {
    await stage.start();
    stage.latest.set(1, good(1, 7));
    stage.latest.set(2, good(2, 9_007_199_254_740_993n));
    const client = stage.open('ann');
    const answer = await ask(client, 'subscribe', { tags: ['1', '2', '3'] });
    expect(answer).to.deep.equal({
      ok: true,
      samples: [
        { tag: '1', sourceTime: 1_000, value: 7, quality: 'good', status: 0 },
        { tag: '2', sourceTime: 1_000, value: '9007199254740993', quality: 'good', status: 0 },
      ],
      kpis: [],
      gateways: [gateway('a', true)],
    });
    const heard = once<LiveSample[]>(client, 'samples');
    stage.commit([good(1, 8), good(1, 9), { tag: 3, sourceTime: 5, status: 0x800a0000, value: null }, good(4, 1)]);
    expect(await heard).to.deep.equal([
      { tag: '1', sourceTime: 1_000, value: 9, quality: 'good', status: 0 },
      { tag: '3', sourceTime: 5, value: null, quality: 'bad', status: 0x800a0000 },
    ]);
  });

  it('brings long texts that are not in memory after the answer, a few at once, and again where they could not be read', async () => {
    await stage.start();
    const text = (tag: number): string => `${tag}`.padEnd(100_000, 'x');
    for (let tag = 1; tag <= 6; tag += 1) {
      stage.latest.set(tag, good(tag, text(tag)));
      stage.longTexts.set(tag, { tag, characters: 100_000 });
    }
    const portions: number[] = [];
    const read = stage.readTexts;
    stage.readTexts = async (tags) => {
      portions.push(tags.length);
      if (portions.length === 1) throw new Error('no disk');
      return read(tags);
    };
    const client = stage.open('ann');
    const heard: LiveSample[] = [];
    client.on('samples', (samples: LiveSample[]) => heard.push(...samples));
    const answer = await ask(client, 'subscribe', { tags: ['1', '2', '3', '4', '5', '6', '7'] });
    expect(answer.ok && answer.samples).to.deep.equal([]);
    await ask(client, 'unsubscribe', { tags: ['6'] });
    await until('five came', () => heard.length === 5);
    expect(new Map(heard.map(({ tag, value }) => [tag, value]))).to.deep.equal(
      new Map([1, 2, 3, 4, 5].map((tag) => [String(tag), text(tag)])),
    );
    expect(portions.every((length) => length <= 2)).to.equal(true);
    stage.longTexts.clear();
    stage.commit([good(1, 'short')]);
    await until('the next came', () => heard.at(-1)?.value === 'short');
    expect(heard).to.have.length(6);
  });

  it('conflates a burst into few emissions and ends with the last value', async () => {
    await stage.start();
    const client = stage.open('ann');
    await ask(client, 'subscribe', { tags: ['1'] });
    const heard: LiveSample[] = [];
    client.on('samples', (samples: LiveSample[]) => heard.push(...samples));
    for (let value = 1; value <= 300; value += 1) {
      stage.commit([good(1, value)]);
      await sleep(systemClock, 2);
    }
    await until('the last value came', () => heard.at(-1)?.value === 300);
    // 300 commits over at least 600 ms: one emission at once, then one a tick of 250 ms.
    expect(heard.length).to.be.within(2, 30);
  });

  it('refuses a tag of another tenant exactly as one that does not exist, and subscribes nothing of the request', async () => {
    await stage.start();
    const client = stage.open('ann');
    expect(await refused(client, { tags: ['1', '99'] })).to.equal('live-tag-unknown');
    expect(await refused(client, { tags: ['12345'] })).to.equal('live-tag-unknown');
    expect(await refused(client, { assets: ['elsewhere'] })).to.equal('live-asset-unknown');
    expect(stage.hub.figures().followedTags).to.equal(0);
  });

  it('refuses what does not fit the schema or the limits', async () => {
    await stage.start();
    const client = stage.open('ann');
    for (const payload of [undefined, null, 5, 'tags', { tags: [1] }, { tags: ['x'] }, { rooms: ['tenant:b'] }]) {
      expect(await refused(client, payload)).to.equal('live-request-invalid');
    }
    const many = Array.from({ length: 3_000 }, (_, i) => i + 1_000);
    for (const tag of many) stage.tagTenants.set(tag, 'a').set(tag + 3_000, 'a');
    const first = await ask(client, 'subscribe', { tags: many.map(String) });
    expect(first.ok).to.equal(true);
    expect(await refused(client, { tags: many.map((tag) => String(tag + 3_000)) })).to.equal(
      'live-subscription-too-large',
    );
    expect(stage.hub.figures().followedTags).to.equal(3_000);
  });

  it('serves only what the role may read', async () => {
    await stage.start();
    stage.signIn('guest', 'a', ['live:follow', 'kpis:read']);
    stage.signIn('none', 'a', []);
    stage.kpis.set('a/press', figures(1));
    const guest = stage.open('guest');
    expect(await refused(guest, { tags: ['1'] })).to.equal('live-permission-missing');
    expect(await refused(stage.open('none'), {})).to.equal('live-permission-missing');
    const refusal = 'subscribe live-permission-missing';
    expect(stage.refusals).to.deep.equal([`guest ${refusal}`, `none ${refusal}`]);
    const answer = await ask(guest, 'subscribe', { assets: ['press'] });
    expect(answer.ok && answer.kpis.length).to.equal(1);
    expect(answer.ok && answer.gateways).to.deep.equal([]);
    const told: unknown[] = [];
    guest.on('gateways', (event) => told.push(event));
    stage.gatewayChanged.emit({ tenantId: 'a', gateway: gateway('a', false) });
    await sleep(systemClock, 60);
    expect(told).to.deep.equal([]);
  });

  it('tells changed KPIs and gateways, to the own tenant and within the scope only', async () => {
    await stage.start();
    stage.signIn('bob', 'b');
    stage.kpis.set('a/press', figures(1));
    const ann = stage.open('ann');
    const bob = stage.open('bob');
    await Promise.all([ask(ann, 'subscribe', { assets: ['press'] }), ask(bob, 'subscribe', {})]);
    stage.signIn('cut-off', 'a', permissions, ['another-gateway']);
    const scoped = stage.open('cut-off');
    await ask(scoped, 'subscribe', {});
    const bobHeard: unknown[] = [];
    for (const other of [bob, scoped]) other.on('gateways', (event) => bobHeard.push(event));
    const kpis: LiveKpi[] = [];
    ann.on('kpis', (event: LiveKpi[]) => kpis.push(...event));
    const gateways = once<LiveGateway[]>(ann, 'gateways');
    stage.gatewayChanged.emit({ tenantId: 'a', gateway: gateway('a', false) });
    expect(await gateways).to.deep.equal([gateway('a', false)]);
    stage.kpis.set('a/press', figures(2));
    await until('the new count came', () => kpis.at(-1)?.kpi.counts.good === 2);
    const before = kpis.length;
    await sleep(systemClock, 400);
    expect(kpis.length, 'nothing changed, nothing sent').to.equal(before);
    expect(bobHeard).to.deep.equal([]);
  });

  it('cuts those with a scope when the plant has changed: what lies in it may be other tags now', async () => {
    await stage.start();
    stage.signIn('part', 'a', permissions, ['press']);
    const [whole, part] = [stage.open('ann'), stage.open('part')];
    await Promise.all([ask(whole, 'subscribe', {}), ask(part, 'subscribe', {})]);
    const cut = new Promise((resolve) => part.on('disconnect', resolve));
    stage.plantChanged.emit({ tenantId: 'b' });
    expect(part.connected).to.equal(true);
    stage.plantChanged.emit({ tenantId: 'a' });
    await cut;
    expect(whole.connected).to.equal(true);
  });

  it('cuts the socket of an ended session at once, and of one that ended without a signal', async () => {
    await stage.start({ recheckMs: 50 });
    stage.signIn('eve');
    const [ann, eve] = [stage.open('ann'), stage.open('eve')];
    await Promise.all([ask(ann, 'subscribe', { tags: ['1'] }), ask(eve, 'subscribe', { tags: ['1'] })]);
    const annCut = once(ann, 'disconnect');
    stage.sessionEnded.emit({ sessionId: 'session-ann' });
    expect(stage.hub.figures().clients).to.equal(1);
    await annCut;
    expect(eve.connected).to.equal(true);
    const eveCut = once(eve, 'disconnect');
    stage.principals.delete('eve');
    await eveCut;
    expect(stage.hub.figures()).to.deep.equal({ clients: 0, pending: 0, followedTags: 0 });
  });

  it('keeps for a paused client no more than one entry a tag, and brings it to now when it reads again', async () => {
    await stage.start();
    const tags = Array.from({ length: 20 }, (_, i) => i + 1);
    const client = stage.open('ann');
    const newest = new Map<string, unknown>();
    client.on('samples', (samples: LiveSample[]) => {
      for (const { tag, value } of samples) newest.set(tag, value);
    });
    await ask(client, 'subscribe', { tags: tags.map(String) });
    const carrier = await pause(stage, client, tags);
    // The client is blocked now: from here on nothing may pile up, whatever is committed.
    for (let round = 0; round < 20_000; round += 1) stage.commit(tags.map((tag) => good(tag, `${tag}:${round}`)));
    await sleep(systemClock, 600);
    expect(stage.hub.figures().pending).to.equal(tags.length);
    expect(unsentPackets(stage)).to.be.lessThan(5);
    carrier.resume();
    await until('the last values came', () => tags.every((tag) => newest.get(String(tag)) === `${tag}:19999`));
    expect(stage.hub.figures().pending).to.equal(0);
  });

  it('cuts a client that takes nothing for too long', async () => {
    await stage.start({ stalledAfterMs: 400 });
    const tags = Array.from({ length: 20 }, (_, i) => i + 1);
    const client = stage.open('ann');
    await ask(client, 'subscribe', { tags: tags.map(String) });
    await pause(stage, client, tags);
    await until('the client is gone', () => stage.hub.figures().clients === 0);
    expect(stage.hub.figures()).to.deep.equal({ clients: 0, pending: 0, followedTags: 0 });
  });

  it('may be started again after a stop', async () => {
    await stage.start();
    await stage.hub.stop();
    await once(stage.open('ann'), 'connect_error');
    await stage.hub.start();
    expect((await ask(stage.open('ann'), 'subscribe', { tags: ['1'] })).ok).to.equal(true);
  });
});
