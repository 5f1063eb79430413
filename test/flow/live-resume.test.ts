import { setTimeout as wait } from 'node:timers/promises';
import { LiveClient } from '@gongfu/shared/sdk/live-client';
import type { LiveSample } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, isDrained, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';
import { until } from '../kit/until.ts';

describe('flow: a live client that hears every sample', function () {
  this.timeout(90_000);
  const data = temporaryFolder();
  const server = new CountingServer();
  let cloud: RunningCloud;
  let edge: RunningEdge;
  let live: LiveClient | undefined;

  after(async () => {
    live?.stop();
    await edge?.stop();
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  it('hears each stored sample once, whether the cloud, the gateway or the client itself was away', async () => {
    const modbusPort = await server.start();
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    const port = Number(new URL(cloud.url).port);
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const buffer = `${data.folder}/buffer`;
    const config = gatewayConfig({ name: 'g', url: cloud.url, buffer, sources: counterSource(modbusPort, '20ms') });
    edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('g') } });
    const tag = await tagOf(api, 'count');

    const heard: LiveSample[] = [];
    let truncated = false;
    live = new LiveClient({
      url: cloud.url,
      token: api.token,
      hears: {
        samples: (samples, about) => {
          heard.push(...samples);
          truncated ||= about.truncated || !about.every;
        },
      },
    });
    live.follow({ tags: [tag], every: true });
    live.start();
    await until(() => heard.length > 50);

    for (let round = 0; round < 3; round += 1) {
      await cloud.kill9();
      await wait(400);
      cloud = await startCloud({ dataDir: `${data.folder}/cloud`, port });
      await until(() => live!.connection === 'live');
      await wait(300);
    }
    live.stop();
    await edge.kill9();
    await wait(500);
    edge = await startEdge({ config });
    await untilHealth(edge, isDrained);
    live.start();
    const before = heard.length;
    await until(() => heard.length > before + 50);
    // Nothing more comes from here on: what is stored now is all there is to hear.
    await edge.stop();
    const first = heard[0]!.sourceTime;
    const stored = (await api.samples(tag, first)).map(({ sourceTime, value }) => `${Date.parse(sourceTime)}=${value}`);
    await until(() => heard.length >= stored.length);

    const names = heard.map(({ sourceTime, value }) => `${sourceTime}=${value}`);
    expect(new Set(names).size, 'each once').to.equal(names.length);
    expect([...names].sort()).to.deep.equal(stored.sort());
    expect(truncated).to.equal(false);
  });
});

/** Waits until the gateway has declared it. */
async function tagOf(api: Api, name: string): Promise<string> {
  for (;;) {
    try {
      return await api.tag(name);
    } catch {
      await wait(50);
    }
  }
}
