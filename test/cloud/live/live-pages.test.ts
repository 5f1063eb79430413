import type { LiveKpi, LiveSample } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { ask, figures, good, refused, Stage, until } from './live-stage.ts';

describe('live pages', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = new Stage();
    stage.signIn('ann');
    stage.signIn('bob', 'b');
    for (let tag = 1; tag <= 9; tag += 1) stage.tagTenants.set(tag, 'a');
    stage.kpis.set('a/press', figures(1));
    stage.pages.set('a/machines/press', { tags: [1, 2], assets: ['press'] });
    await stage.start();
  });
  afterEach(() => stage.stop());

  it('follows what a page shows, and answers with what is known of it', async () => {
    stage.latest.set(1, good(1, 7));
    const client = stage.open('ann');
    const heard: unknown[] = [];
    client.on('samples', (samples: LiveSample[]) => heard.push(...samples.map(({ value }) => value)));
    const answer = await ask(client, 'subscribe', { pages: ['/machines/press'] });
    expect(answer.ok && [answer.samples.map(({ value }) => value), answer.kpis.length]).to.deep.equal([[7], 1]);
    stage.commit([good(2, 8), good(3, 9)]);
    await until('the change came', () => heard.length > 0);
    expect(heard).to.deep.equal([8]);
  });

  it('goes with the plant: what is new is told, what has gone is followed no more', async () => {
    const client = stage.open('ann');
    await ask(client, 'subscribe', { pages: ['/machines/press'], tags: ['2'] });
    const tags: string[] = [];
    const kpis: string[] = [];
    client.on('samples', (samples: LiveSample[]) => tags.push(...samples.map(({ tag }) => tag)));
    client.on('kpis', (items: LiveKpi[]) => kpis.push(...items.map(({ assetId }) => assetId)));
    stage.latest.set(3, good(3, 1));
    stage.kpis.set('a/oven', { ...figures(1) });
    stage.pages.set('a/machines/press', { tags: [3], assets: ['press', 'oven'] });
    stage.plantChanged.emit({ tenantId: 'b' });
    expect(stage.hub.figures().followedTags).to.equal(2);
    stage.plantChanged.emit({ tenantId: 'a' });
    await until('the new ones are told', () => tags.includes('3') && kpis.includes('oven'));
    expect(stage.hub.figures().followedTags, 'the second, asked for by name, stays').to.equal(2);
    stage.pages.delete('a/machines/press');
    stage.plantChanged.emit({ tenantId: 'a' });
    expect(stage.hub.figures().followedTags).to.equal(1);
  });

  it('ends with the page, but for what is asked for beside it', async () => {
    const client = stage.open('ann');
    await ask(client, 'subscribe', { pages: ['/machines/press'], tags: ['2'] });
    await ask(client, 'unsubscribe', { tags: ['1'] });
    expect(stage.hub.figures().followedTags, 'still on the page').to.equal(2);
    await ask(client, 'unsubscribe', { pages: ['/machines/press'] });
    expect(stage.hub.figures().followedTags).to.equal(1);
    await ask(client, 'unsubscribe', { tags: ['2'] });
    expect(stage.hub.figures()).to.deep.equal({ clients: 1, pending: 0, followedTags: 0 });
  });

  it('refuses a page that is none, or of another tenant, and shows of a page what the role may read', async () => {
    expect(await refused(stage.open('bob'), { pages: ['/machines/press'] })).to.equal('live-page-unknown');
    expect(await refused(stage.open('ann'), { pages: ['/machines/press', '/x'], tags: ['1'] })).to.equal(
      'live-page-unknown',
    );
    expect(await refused(stage.open('ann'), { pages: Array.from({ length: 21 }, (_, n) => `/${n}`) })).to.equal(
      'live-request-invalid',
    );
    expect(stage.hub.figures().followedTags).to.equal(0);
    stage.signIn('guest', 'a', ['live:follow', 'kpis:read']);
    const answer = await ask(stage.open('guest'), 'subscribe', { pages: ['/machines/press'] });
    expect(answer.ok && [answer.samples, answer.kpis.length]).to.deep.equal([[], 1]);
    expect(stage.hub.figures().followedTags).to.equal(0);
  });
});
