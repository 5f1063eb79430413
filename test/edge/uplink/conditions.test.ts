import { decodeBatch } from '@gongfu/shared/wire/codec';
import type { ConditionReport, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import { until } from '#test/kit/until';
import { UplinkStage } from './uplink-stage.ts';

const told = (time: number): ConditionReport => ({ kind: 'unwatched', source: 's', time });

describe('reports of conditions on the uplink', () => {
  let stage: UplinkStage;

  beforeEach(async () => {
    stage = new UplinkStage();
    await stage.start();
    stage.cloud.conditions = 1;
  });
  afterEach(() => stage.stop());

  const append = async (...times: number[]): Promise<void> => {
    await stage.buffer.conditions.append(times.map(told));
    stage.uplink.offerConditions();
  };
  const drained = () => until(() => stage.buffer.conditions.waiting === 0);

  it('go in their order, those from before the connection first, and are forgotten when the cloud has them', async () => {
    await append(1, 2);
    await stage.uplink.start();
    await drained();
    await append(3);
    await drained();
    expect(stage.cloud.reports.map(({ number, report }) => [number, (report as { time: number }).time])).to.deep.equal([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(new Set(stage.cloud.reports.map(({ epoch }) => epoch))).to.deep.equal(new Set([stage.buffer.state().epoch]));
  });

  it('are sent again when no answer comes, one message at a time', async () => {
    const answers: (ConditionsReceipt | undefined)[] = [undefined, { received: true, refused: [] }];
    stage.cloud.conditionsReceipt = () => answers.shift();
    await append(1, 2);
    await stage.uplink.start();
    await drained();
    expect(stage.cloud.reports.map(({ number }) => number)).to.deep.equal([1, 2, 1, 2]);
  });

  it('stay where they are under a cloud that is older, which is said, and go when it is updated', async () => {
    stage.cloud.conditions = undefined;
    await stage.uplink.start();
    await until(() => stage.uplink.state.state === 'connected');
    expect(stage.uplink.state.detail).to.equal('');
    await append(1, 2);
    expect(stage.uplink.state.detail).to.equal(
      'the cloud is older and takes no alarms; 2 wait here until it is updated',
    );
    expect(stage.cloud.reports).to.deep.equal([]);
    stage.cloud.conditions = 1;
    stage.cloud.cut();
    await drained();
    expect(stage.cloud.reports.map(({ number }) => number)).to.deep.equal([1, 2]);
    expect(stage.uplink.state.detail).to.equal('');
  });

  it('are named by a gap record where the cloud refuses them', async () => {
    stage.cloud.conditionsReceipt = () => ({ received: true, refused: [{ number: 2, detail: 'report.time: no' }] });
    await append(1, 2, 3);
    await stage.uplink.start();
    await drained();
    await until(() => stage.cloud.stored.size === 1);
    const { gaps } = decodeBatch([...stage.cloud.stored.values()][0]!);
    expect(gaps).to.have.length(1);
    expect(gaps[0]).to.include({ reason: 'refused-batch', source: 's', fromTime: 2, toTime: 2 });
  });
});
