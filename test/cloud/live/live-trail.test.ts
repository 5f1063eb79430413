import type { LiveSample, LiveTrail } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import type { StoredSample } from '#cloud/history/history-store';
import { trailSamplesMax } from '#cloud/live/trail';
import { ask, good, pause, refused, Stage, until } from './live-stage.ts';

describe('live trail', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = new Stage();
    stage.signIn('ann');
    for (let tag = 1; tag <= 300; tag += 1) stage.tagTenants.set(tag, 'a');
    await stage.start();
  });
  afterEach(() => stage.stop());

  const stored = (sequence: number, value: number): StoredSample => ({
    sourceTime: sequence,
    status: 0,
    value,
    epoch: 1,
    sequence,
  });

  it('brings every sample in the order it was stored, with where that is', async () => {
    const client = stage.open('ann');
    stage.commit([good(1, 0)]);
    const answer = await ask(client, 'subscribe', { tags: ['1'], every: true });
    expect(answer.ok && answer.samples.map(({ value }) => value)).to.deep.equal([0]);
    expect(answer.ok && answer.trail?.position.g).to.match(/^\d+;1:1-1$/);
    const heard: unknown[] = [];
    let trail: LiveTrail | undefined;
    client.on('samples', (samples: LiveSample[], told: LiveTrail) => {
      heard.push(...samples.map(({ value }) => value));
      trail = told;
    });
    for (let value = 1; value <= 200; value += 1) stage.commit([good(1, value), good(2, -value), good(1, value + 0.5)]);
    await until('all came', () => heard.length === 400);
    expect(heard).to.deep.equal(Array.from({ length: 200 }, (_, n) => [n + 1, n + 1.5]).flat());
    expect(trail?.truncated).to.equal(false);
    expect(trail?.position.g).to.match(/^\d+;1:1-201$/);
  });

  it('reads what was missed from the history: the batches since, and none that comes as an event', async () => {
    const client = stage.open('ann');
    stage.commit([good(1, 1)]);
    const before = await ask(client, 'subscribe', { tags: ['1'], every: true });
    const since = before.ok ? before.trail?.position : undefined;
    client.disconnect();
    for (const value of [2, 3]) stage.commit([good(1, value)]);
    const back = stage.open('ann');
    const events: unknown[] = [];
    back.on('samples', (samples: LiveSample[]) => events.push(...samples.map(({ value }) => value)));
    // The fourth is committed while the history is read, and is in it already.
    stage.history = async () => {
      stage.commit([good(1, 4)]);
      return { samples: [stored(1, 1), stored(2, 2), stored(3, 3), stored(4, 4)] };
    };
    const answer = await ask(back, 'subscribe', { tags: ['1'], every: true, since });
    expect(answer.ok && answer.samples.map(({ value }) => value)).to.deep.equal([2, 3]);
    expect(answer.ok && answer.trail?.position.g).to.match(/;1:1-3$/);
    await until('the fourth came', () => events.length > 0);
    expect(events).to.deep.equal([4]);
  });

  it('says so when it cannot tell what was missed, and brings the newest', async () => {
    stage.commit([good(1, 1)]);
    const client = stage.open('ann');
    const before = await ask(client, 'subscribe', { tags: ['1'], every: true });
    const since = before.ok ? before.trail?.position : undefined;
    stage.commit([good(1, 2)]);
    const again = { tags: ['1'], every: true, since };
    stage.history = async () => {
      throw new Error('no disk');
    };
    const failed = await ask(client, 'subscribe', again);
    expect(failed.ok && [failed.samples.map(({ value }) => value), failed.trail?.truncated]).to.deep.equal([[2], true]);
    stage.history = async () => ({ samples: Array.from({ length: 30_000 }, () => stored(2, 2)), cursor: 'more' });
    const tooMany = await ask(client, 'subscribe', again);
    expect(tooMany.ok && tooMany.trail?.truncated).to.equal(true);
    const dayOld = { g: '5;1:1-1' };
    const tooOld = await ask(client, 'subscribe', { ...again, since: dayOld });
    expect(tooOld.ok && tooOld.trail?.truncated).to.equal(true);
  });

  it('looks further back where a gateway has delivered old samples meanwhile', async () => {
    const hour = 3_600_000;
    stage.commit([good(1, 1, Date.now())]);
    const client = stage.open('ann');
    const before = await ask(client, 'subscribe', { tags: ['1'], every: true });
    const since = before.ok ? before.trail?.position : undefined;
    const asked: number[] = [];
    stage.history = async ({ from }) => {
      asked.push(from);
      return { samples: [] };
    };
    stage.commit([good(1, 2, Date.now())]);
    await ask(client, 'subscribe', { tags: ['1'], every: true, since });
    stage.commit([good(1, 3, Date.now() - 5 * hour)], Date.now());
    await ask(client, 'subscribe', { tags: ['1'], every: true, since });
    expect(asked[0]).to.be.within(Date.now() - hour, Date.now() - hour / 10);
    expect(asked[1]).to.be.within(Date.now() - 6 * hour, Date.now() - 5 * hour + 60_000);
  });

  it('lets go of everything but the newest when the client reads too slowly, and says so', async () => {
    const client = stage.open('ann');
    await ask(client, 'subscribe', { tags: ['1', '2'], every: true });
    const heard: [unknown, boolean][] = [];
    // The third fills the way to the client.
    await ask(client, 'subscribe', { tags: ['3'] });
    const carrier = await pause(stage, client, [3]);
    client.on('samples', (samples: LiveSample[], trail?: LiveTrail) => {
      if (trail !== undefined) heard.push(...samples.map(({ value }): [unknown, boolean] => [value, trail.truncated]));
    });
    for (let round = 1; round <= trailSamplesMax; round += 1) stage.commit([good(1, round), good(2, -round)]);
    expect(stage.hub.figures().pending).to.equal(3);
    carrier.resume();
    await until('the newest came', () => heard.some(([value]) => value === -trailSamplesMax));
    expect(heard.slice(-2)).to.deep.equal([
      [trailSamplesMax, true],
      [-trailSamplesMax, true],
    ]);
    stage.commit([good(2, 7)]);
    await until('the next came', () => heard.at(-1)?.[0] === 7);
    expect(heard.at(-1)).to.deep.equal([7, false]);
  });

  it('lets go so too when what waits are few, but long texts', async () => {
    const client = stage.open('ann');
    await ask(client, 'subscribe', { tags: ['1'], every: true });
    await ask(client, 'subscribe', { tags: ['3'] });
    const carrier = await pause(stage, client, [3]);
    const heard: [string, boolean][] = [];
    client.on('samples', (samples: LiveSample[], trail?: LiveTrail) => {
      if (trail !== undefined)
        heard.push(...samples.map(({ value }): [string, boolean] => [String(value).slice(0, 2), trail.truncated]));
    });
    for (let round = 10; round < 80; round += 1) stage.commit([good(1, `${round}`.padEnd(65_536, '.'))]);
    carrier.resume();
    await until('the newest came', () => heard.some(([value]) => value === '79'));
    expect(heard).to.deep.equal([['79', true]]);
  });

  it('refuses more tags than it can follow so, and positions it has not given', async () => {
    const client = stage.open('ann');
    const tags = Array.from({ length: 201 }, (_, n) => String(n + 1));
    expect(await refused(client, { tags, every: true })).to.equal('live-subscription-too-large');
    for (const since of [{ g: 'x' }, { g: 1 }, [], 'x', { g: '1;1:1-1'.repeat(2_000) }]) {
      expect(await refused(client, { tags: ['1'], every: true, since })).to.equal('live-request-invalid');
    }
    expect(stage.hub.figures().followedTags).to.equal(0);
  });

  it('ends with the subscription', async () => {
    const client = stage.open('ann');
    await ask(client, 'subscribe', { tags: ['1'], every: true });
    await ask(client, 'unsubscribe', { tags: ['1'] });
    stage.commit([good(1, 1)]);
    expect(stage.hub.figures()).to.deep.equal({ clients: 1, pending: 0, followedTags: 0 });
  });
});
