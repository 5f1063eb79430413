import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { decodeBatch } from '@gongfu/shared/wire/codec';
import type { ConditionReport, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { CloudTrust } from '#edge/uplink/cloud-trust';
import { Uplink } from '#edge/uplink/uplink';
import { EdgeCloud } from '#test/kit/edge-cloud';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';

const told = (time: number): ConditionReport => ({ kind: 'unwatched', source: 's', time });

describe('reports of conditions on the uplink', () => {
  let remove: () => void;
  let buffer: LmdbBuffer;
  let cloud: EdgeCloud;
  let uplink: Uplink;

  beforeEach(async () => {
    const temporary = temporaryFolder();
    remove = temporary.remove;
    const { folder } = temporary;
    buffer = new LmdbBuffer({ folder, capacityBytes: 64 * 2 ** 20, clock: systemClock, log: silentLogger });
    await buffer.start();
    cloud = new EdgeCloud();
    cloud.conditions = 1;
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
      tags: [],
      heartbeat: () => {
        throw new Error('not asked here');
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

  const append = async (...times: number[]): Promise<void> => {
    await buffer.conditions.append(times.map(told));
    uplink.offerConditions();
  };
  const drained = () => until(() => buffer.conditions.waiting === 0);

  it('go in their order, those from before the connection first, and are forgotten when the cloud has them', async () => {
    await append(1, 2);
    await uplink.start();
    await drained();
    await append(3);
    await drained();
    expect(cloud.reports.map(({ number, report }) => [number, (report as { time: number }).time])).to.deep.equal([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(new Set(cloud.reports.map(({ epoch }) => epoch))).to.deep.equal(new Set([buffer.state().epoch]));
  });

  it('are sent again when no answer comes, one message at a time', async () => {
    const answers: (ConditionsReceipt | undefined)[] = [undefined, { received: true, refused: [] }];
    cloud.conditionsReceipt = () => answers.shift();
    await append(1, 2);
    await uplink.start();
    await drained();
    expect(cloud.reports.map(({ number }) => number)).to.deep.equal([1, 2, 1, 2]);
  });

  it('stay where they are under a cloud that is older, which is said, and go when it is updated', async () => {
    cloud.conditions = undefined;
    await uplink.start();
    await until(() => uplink.state.state === 'connected');
    expect(uplink.state.detail).to.equal('');
    await append(1, 2);
    expect(uplink.state.detail).to.equal('the cloud is older and takes no alarms; 2 wait here until it is updated');
    expect(cloud.reports).to.deep.equal([]);
    cloud.conditions = 1;
    cloud.cut();
    await drained();
    expect(cloud.reports.map(({ number }) => number)).to.deep.equal([1, 2]);
    expect(uplink.state.detail).to.equal('');
  });

  it('are named by a gap record where the cloud refuses them', async () => {
    cloud.conditionsReceipt = () => ({ received: true, refused: [{ number: 2, detail: 'report.time: no' }] });
    await append(1, 2, 3);
    await uplink.start();
    await drained();
    await until(() => cloud.stored.size === 1);
    const { gaps } = decodeBatch([...cloud.stored.values()][0]!);
    expect(gaps).to.have.length(1);
    expect(gaps[0]).to.include({ reason: 'refused-batch', source: 's', fromTime: 2, toTime: 2 });
  });
});
