import type { LiveConnection, LiveHearing } from '@gongfu/shared/sdk/live-client';
import { LiveClient } from '@gongfu/shared/sdk/live-client';
import type { LiveRequest } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { gateway, good, Stage, until } from '../../cloud/live/live-stage.ts';

/** What one client has heard, in order of coming. */
class Heard {
  readonly samples: (readonly [string, unknown])[] = [];
  readonly gateways: (readonly [number, boolean])[] = [];
  readonly connections: LiveConnection[] = [];
  readonly problems: (string | undefined)[] = [];
  readonly hears: LiveHearing = {
    samples: (samples) => this.samples.push(...samples.map(({ tag, value }) => [tag, value] as const)),
    gateways: (gateways, complete) => this.gateways.push([gateways.length, complete]),
    connection: (connection) => this.connections.push(connection),
    problem: (problem) => this.problems.push(problem?.code),
  };

  newest(tag: string): unknown {
    return this.samples.filter(([name]) => name === tag).at(-1)?.[1];
  }
}

describe('live client', function () {
  this.timeout(60_000);
  let stage: Stage;
  let heard: Heard;
  const clients: LiveClient[] = [];

  beforeEach(async () => {
    stage = new Stage();
    stage.signIn('ann');
    for (const tag of [1, 2, 3]) stage.tagTenants.set(tag, 'a');
    heard = new Heard();
    await stage.start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.stop();
    await stage.stop();
  });

  function connect(token: ConstructorParameters<typeof LiveClient>[0]['token'], ...wanted: LiveRequest[]): LiveClient {
    const client = new LiveClient({ url: stage.url, token, hears: heard.hears });
    clients.push(client);
    for (const request of wanted) client.follow(request);
    client.start();
    return client;
  }

  it('brings what is known, then what changes', async () => {
    stage.latest.set(1, good(1, 7));
    const client = connect('ann', { tags: ['1', '2'] });
    await until('the first value came', () => heard.newest('1') === 7);
    stage.commit([good(2, 8)]);
    await until('the change came', () => heard.newest('2') === 8);
    stage.gatewayChanged.emit({ tenantId: 'a', gateway: gateway('a', false) });
    await until('the gateway came', () => heard.gateways.length === 2);
    expect(heard.gateways).to.deep.equal([
      [1, true],
      [1, false],
    ]);
    expect(heard.connections).to.deep.equal(['connecting', 'live']);
    expect(client.connection).to.equal('live');
  });

  it('unsubscribes from what nobody follows any more, and from nothing else', async () => {
    const client = connect('ann', { tags: ['1', '2'] });
    const leave = client.follow({ tags: ['2', '3'] });
    await until('all are followed', () => stage.hub.figures().followedTags === 3);
    leave();
    leave();
    await until('the third is left', () => stage.hub.figures().followedTags === 2);
    stage.commit([good(2, 5)]);
    await until('the shared one still comes', () => heard.newest('2') === 5);
  });

  it('comes back after a cut and asks again for everything', async () => {
    const client = connect('ann', { tags: ['1'] });
    client.follow({ tags: ['2'] });
    await until('both are followed', () => stage.hub.figures().followedTags === 2);
    stage.latest.set(2, good(2, 'while away'));
    stage.io.of('/live').disconnectSockets(true);
    await until('what was missed came', () => heard.newest('2') === 'while away');
    expect(heard.connections).to.deep.equal(['connecting', 'live', 'lost', 'live']);
    expect(stage.hub.figures().followedTags).to.equal(2);
  });

  it('asks for another token when one is refused, and gives up without', async () => {
    const refusals: unknown[] = [];
    const client = connect(
      async (refused) => {
        refusals.push(refused);
        return [undefined, 'expired', 'ann', undefined][refusals.length];
      },
      { tags: ['1'] },
    );
    await until('it is in', () => client.connection === 'live');
    stage.principals.clear();
    stage.io.of('/live').disconnectSockets(true);
    await until('it gave up', () => client.connection === 'signed-out');
    expect(refusals).to.deep.equal([undefined, 'expired', undefined]);
    expect(heard.connections).to.deep.equal(['connecting', 'lost', 'live', 'lost', 'signed-out']);
  });

  it('offers a refused token once only', async () => {
    const client = connect('nobody', { tags: ['1'] });
    await until('it gave up', () => client.connection === 'signed-out');
    stage.signIn('nobody');
    client.start();
    await until('a new start tries again', () => client.connection === 'live');
  });

  it('tells what is refused, and that it is answered later', async () => {
    const client = connect('ann', { tags: ['77'] });
    await until('the refusal came', () => heard.problems.length > 0);
    client.follow({ tags: ['1'] });
    await until('the answer came', () => heard.problems.length > 1);
    expect(heard.problems).to.deep.equal(['live-tag-unknown', undefined]);
  });

  it('says nothing more once it is stopped', async () => {
    const client = connect('ann', { tags: ['1'] });
    await until('it is in', () => stage.hub.figures().followedTags === 1);
    client.stop();
    await until('it is gone', () => stage.hub.figures().clients === 0);
    expect(heard.connections).to.deep.equal(['connecting', 'live']);
    client.start();
    await until('it is back', () => stage.hub.figures().followedTags === 1);
  });
});
