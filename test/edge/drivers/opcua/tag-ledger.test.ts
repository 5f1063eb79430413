import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { DataType, DataValue, StatusCodes, Variant } from 'node-opcua-client';
import { ReportedValues } from '#edge/drivers/opcua/reported-values';
import { TagLedger } from '#edge/drivers/opcua/tag-ledger';
import { RecordingWriter, tagOf } from './recording.ts';

function held(value: number, time: number): DataValue {
  return new DataValue({
    value: new Variant({ dataType: DataType.Int32, value }),
    statusCode: StatusCodes.Good,
    sourceTimestamp: new Date(time),
  });
}

function sent(value: number, time: number): ReportedValues {
  return ReportedValues.of(held(value, time));
}

function open(): { ledger: TagLedger; writer: RecordingWriter; rows: () => unknown[] } {
  const writer = new RecordingWriter();
  const ledger = new TagLedger({ tags: [tagOf(1, 'i=1', 'int32'), tagOf(2, 'i=2', 'int32')], writer });
  return { ledger, writer, rows: () => writer.samples.map(({ tag, time, value }) => [tag, time, value]) };
}

describe('OPC UA tag ledger', () => {
  it('writes one bad sample a tag at a cut, however often it is told', () => {
    const { ledger, writer, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.cut(3_000);
    expect(rows()).to.deep.equal([
      [1, 1_000, 5],
      [1, 2_000, null],
      [2, 2_000, null],
    ]);
    expect(writer.samples[1]!.status).to.equal(StatusCode.BadNoCommunication);
  });

  it('states an unchanged value again after the cut, not before it is confirmed', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.resume();
    expect(rows()).to.have.length(3);
    ledger.confirm(4_000);
    ledger.confirm(5_000);
    expect(rows().slice(3)).to.deep.equal([[1, 4_000, 5]]);
  });

  it('keeps values the server had queued where they belong and states the last of them again', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.resume();
    ledger.accept(0, sent(6, 1_500), 0, 3_000);
    ledger.accept(0, sent(7, 1_800), 0, 3_000);
    ledger.confirm(4_000);
    expect(rows().slice(3)).to.deep.equal([
      [1, 1_500, 6],
      [1, 1_800, 7],
      [1, 4_000, 7],
    ]);
  });

  it('needs no restatement where a newer value came', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.resume();
    ledger.accept(0, sent(6, 2_500), 0, 3_000);
    ledger.confirm(4_000);
    expect(rows().slice(3)).to.deep.equal([[1, 2_500, 6]]);
  });

  it('takes out of the history what is newer, and not again what is reported of the same time', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.restart();
    for (const [value, time] of [
      [5, 1_000],
      [6, 1_500],
      [7, 2_500],
    ] as const)
      ledger.recall(0, held(value, time), time);
    ledger.accept(0, sent(7, 2_500), 0, 4_000);
    ledger.accept(0, sent(8, 4_500), 0, 5_000);
    ledger.accept(0, sent(9, 4_400), 0, 5_000);
    expect(rows().slice(3)).to.deep.equal([
      [1, 1_500, 6],
      [1, 2_500, 7],
      [1, 4_500, 8],
      [1, 4_400, 9],
    ]);
    expect(ledger.lagMs).to.equal(0);
  });

  it('takes every value of one millisecond out of the history, before the cut and behind it', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.restart();
    const recalled = [
      [6, 1_500],
      [7, 1_500],
      [8, 2_500],
      [9, 2_500],
    ] as const;
    for (const [value, time] of recalled) ledger.recall(0, held(value, time), time);
    expect(rows().slice(3)).to.deep.equal(recalled.map(([value, time]) => [1, time, value]));
  });

  it('forgets earlier values when a new subscription begins', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 1_000), 0, 1_000);
    ledger.cut(2_000);
    ledger.restart();
    ledger.resume();
    ledger.confirm(4_000);
    expect(rows()).to.have.length(3);
    ledger.accept(0, sent(5, 1_000), 0, 5_000);
    expect(rows()).to.have.length(3);
    ledger.confirm(5_000);
    expect(rows().slice(3)).to.deep.equal([[1, 5_000, 5]]);
  });

  it('never stamps a bad sample before a value already written', () => {
    const { ledger, rows } = open();
    ledger.accept(0, sent(5, 9_000), 0, 9_000);
    ledger.cut(2_000);
    expect(rows()[1]).to.deep.equal([1, 9_001, null]);
  });
});
