import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import { type Sample, sampleAt } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import { SampleColumns } from '#edge/collector/sample-columns';
import { SourceWriter } from '#edge/collector/source-writer';
import { TagTable } from '#edge/collector/tag-table';
import { modbusKind } from '#edge/drivers/modbus/kind';
import { ManualClock } from './manual-clock.ts';

const good = StatusCode.Good;
const bad = StatusCode.BadTimeout;

/** What passes of samples that are `stepMs` apart. */
function passed(deviation: number, delivered: readonly (number | null)[], stepMs: number): Sample[] {
  const fixed = {
    number: 1,
    name: 't',
    type: 'float64',
    kind: 'number',
    intervalMs: stepMs,
    scale: 1,
    offset: 0,
  } as const;
  const tag = { ...fixed, deadband: null, onChange: false, heartbeatMs: 10_000, swingingDoor: deviation };
  const table = new TagTable({ name: 's', kind: modbusKind as never, settings: {}, tags: [tag] });
  const columns = new SampleColumns({ onFirst() {}, onFull() {}, fullSamples: 1e9 });
  const writer = new SourceWriter({
    source: 's',
    table,
    columns,
    clock: new ManualClock(),
    log: silentLogger,
    onLost() {},
  });
  for (const [i, value] of delivered.entries()) {
    if (value === null) writer.bad(1, i * stepMs, bad);
    else writer.number(1, i * stepMs, good, value);
  }
  writer.close();
  return columns.take().flatMap((block) => Array.from({ length: block.count }, (_, row) => sampleAt(block, row)));
}

describe('swinging door', () => {
  it('never leaves the deviation, whatever comes; no change of quality and no heartbeat is left out', () => {
    const value = fc.oneof({ arbitrary: fc.double({ min: -50, max: 50, noNaN: true }), weight: 9 }, fc.constant(null));
    const series = fc.array(value, { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom(0, 0.5, 20), series, fc.constantFrom(7, 1000), (deviation, delivered, stepMs) => {
        const rows = passed(deviation, delivered, stepMs);
        const times = rows.map(({ sourceTime }) => sourceTime);
        expect(times).to.deep.equal([...times].sort((a, b) => a - b));
        for (const [i, actual] of delivered.entries()) {
          const time = i * stepMs;
          const after = rows.findIndex(({ sourceTime }) => sourceTime >= time);
          const [left, right] = [rows[after - 1], rows[after]!];
          if (actual === null || (i > 0 && delivered[i - 1] === null)) {
            if (actual !== null || delivered[i - 1] !== null)
              expect(rows.find(({ sourceTime }) => sourceTime === time)?.value ?? null).to.equal(actual);
            continue;
          }
          const share =
            right.sourceTime === time ? 1 : (time - left!.sourceTime) / (right.sourceTime - left!.sourceTime);
          const line =
            share === 1
              ? Number(right.value)
              : Number(left!.value) + share * (Number(right.value) - Number(left!.value));
          expect(Math.abs(line - actual)).to.be.at.most(deviation + 1e-9);
          expect(share === 1 || right.sourceTime - left!.sourceTime <= 10_000).to.equal(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the ends of a ramp only', () => {
    expect(passed(0.1, [0, 1, 2, 3, 4, 4, 4, 4], 10).map(({ value }) => value)).to.deep.equal([0, 4, 4]);
  });
});
