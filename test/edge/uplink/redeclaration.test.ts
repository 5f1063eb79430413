import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { tagsSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { CloudTrust } from '#edge/uplink/cloud-trust';
import { Uplink } from '#edge/uplink/uplink';
import { numberBlock } from '#test/kit/batches';
import { EdgeCloud } from '#test/kit/edge-cloud';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';

describe('Uplink, tags configured anew', () => {
  let folder: string;
  let remove: () => void;
  let buffer: LmdbBuffer;
  let cloud: EdgeCloud;
  let uplink: Uplink;
  const tagOf = (number: number, keys: Partial<TagDeclaration> = {}): TagDeclaration => ({
    number,
    source: 's',
    name: `t${number}`,
    type: 'float64',
    scaled: false,
    unit: '',
    description: '',
    maxSilentMs: 1000,
    ...keys,
  });
  const connected = () => until(() => uplink.state.state === 'connected');
  const numbersIn = (tags: unknown) => (tags as TagDeclaration[]).map(({ number }) => number);

  beforeEach(async () => {
    ({ folder, remove } = temporaryFolder());
    buffer = new LmdbBuffer({ folder, capacityBytes: 64 * 2 ** 20, clock: systemClock, log: silentLogger });
    await buffer.start();
    cloud = new EdgeCloud();
    await cloud.start();
    uplink = new Uplink({
      url: cloud.url,
      trust: new CloudTrust({ url: cloud.url, caFile: undefined, cloudKeys: [], pinCloudKey: true }),
      code: 'ABCD-EFGH',
      gatewayName: 'gw-1',
      agentVersion: '0.1.0',
      configurationVersion: () => '3f2a',
      folder,
      buffer,
      tags: [tagOf(1), tagOf(2)],
      heartbeat: () => {
        throw new Error('not of interest');
      },
      clock: systemClock,
      random: () => 0.1,
      log: silentLogger,
      answerTimeoutMs: 300,
    });
  });
  afterEach(async () => {
    await uplink.stop();
    await cloud.stop();
    await buffer.stop();
    remove();
  });

  it('the cloud has accepted what is new or described anew, and only that, before a batch may name it', async () => {
    await uplink.start();
    await connected();
    await uplink.declare([tagOf(1), tagOf(2, { unit: 'bar' }), tagOf(3)]);
    expect(cloud.declared.map((tags) => tagsSchema.parse(tags))).to.deep.equal([[tagOf(2, { unit: 'bar' }), tagOf(3)]]);
    await uplink.declare([tagOf(3)]);
    expect(cloud.declared, 'it knows that one').to.have.length(1);
    expect(cloud.hellos, 'on the same connection').to.have.length(1);
  });

  it('a hello after it has the new tags, and those removed: their samples may still wait for a batch', async () => {
    await uplink.start();
    await connected();
    await uplink.declare([tagOf(3)]);
    cloud.cut();
    await until(() => cloud.hellos.length === 2);
    expect(numbersIn(cloud.hellos[1]!.tags)).to.deep.equal([1, 2, 3]);
  });

  it('without a connection it waits for nothing: the hello that comes will tell', async () => {
    await cloud.stop();
    await uplink.start();
    await uplink.declare([tagOf(3)]);
    await cloud.start();
    await connected();
    expect([cloud.declared, numbersIn(cloud.hellos[0]!.tags)]).to.deep.equal([[], [1, 2, 3]]);
  });

  for (const [what, answer] of [
    ['does not answer', undefined],
    ['refuses', { accepted: false, code: 'payload-invalid', detail: 'no', advice: 'no' }],
  ] as const) {
    it(`a cloud that ${what} is left, and told by hello; no batch goes out in between`, async () => {
      cloud.tagsAnswer = answer;
      await uplink.start();
      await connected();
      const declaring = uplink.declare([tagOf(3)]);
      await declaring;
      uplink.offer(await buffer.append([numberBlock(3, 5)], []));
      await until(() => cloud.stored.size === 1);
      expect(cloud.hellos).to.have.length(2);
      await connected();
    });
  }
});
