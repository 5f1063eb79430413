import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { tagsSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import { numberBlock } from '#test/kit/batches';
import { until } from '#test/kit/until';
import { declared, UplinkStage } from './uplink-stage.ts';

describe('Uplink, tags configured anew', () => {
  const stage = new UplinkStage();
  let buffer: UplinkStage['buffer'];
  let cloud: UplinkStage['cloud'];
  let uplink: UplinkStage['uplink'];
  const connected = () => stage.connected();
  const numbersIn = (tags: unknown) => (tags as TagDeclaration[]).map(({ number }) => number);

  beforeEach(async () => {
    await stage.start({ tags: [declared(1), declared(2)] });
    ({ buffer, cloud, uplink } = stage);
  });
  afterEach(() => stage.stop());

  it('the cloud has accepted what is new or described anew, and only that, before a batch may name it', async () => {
    await uplink.start();
    await connected();
    await uplink.declare([declared(1), declared(2, { unit: 'bar' }), declared(3)]);
    expect(cloud.declared.map((tags) => tagsSchema.parse(tags))).to.deep.equal([
      [declared(2, { unit: 'bar' }), declared(3)],
    ]);
    await uplink.declare([declared(3)]);
    expect(cloud.declared, 'it knows that one').to.have.length(1);
    expect(cloud.hellos, 'on the same connection').to.have.length(1);
  });

  it('a hello after it has the new tags, and those removed: their samples may still wait for a batch', async () => {
    await uplink.start();
    await connected();
    await uplink.declare([declared(3)]);
    cloud.cut();
    await until(() => cloud.hellos.length === 2);
    expect(numbersIn(cloud.hellos[1]!.tags)).to.deep.equal([1, 2, 3]);
  });

  it('without a connection it waits for nothing: the hello that comes will tell', async () => {
    await cloud.stop();
    await uplink.start();
    await uplink.declare([declared(3)]);
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
      const declaring = uplink.declare([declared(3)]);
      await declaring;
      uplink.offer(await buffer.append([numberBlock(3, 5)], []));
      await until(() => cloud.stored.size === 1);
      expect(cloud.hellos).to.have.length(2);
      await connected();
    });
  }
});
