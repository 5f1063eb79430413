import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { ModbusPlc } from '../../../kit/modbus-plc.ts';
import { DriverBench } from './driver-bench.ts';
import { tagOf } from './fixtures.ts';

const plan = [
  tagOf({ address: 'coil:3', type: 'bool', number: 1 }),
  tagOf({ address: 'holding:10', type: 'int16', number: 2, scale: 0.1 }),
  tagOf({ address: 'holding:11', type: 'float32', byteOrder: 'CDAB', number: 3 }),
  tagOf({ address: 'holding:13', type: 'bool', bit: 5, number: 4 }),
  tagOf({ address: 'holding:14', type: 'uint8', byte: 'high', number: 5 }),
  tagOf({ address: 'holding:15', type: 'uint64', number: 6 }),
  tagOf({ address: 'holding:19', type: 'string', length: 4, number: 7 }),
];
const permit = () => undefined;

describe('Modbus writes', () => {
  let plc: ModbusPlc;
  const benches: DriverBench[] = [];

  async function started(tags: readonly PlannedTag[] = plan, keys: object = {}): Promise<DriverBench> {
    const bench = new DriverBench(plc.port, tags, keys);
    benches.push(bench);
    await bench.driver.start();
    return bench;
  }

  beforeEach(async () => {
    plc = new ModbusPlc();
    await plc.start();
  });

  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.driver.stop();
    await plc.stop();
  });

  it('each tag by its function, the rest of its register untouched, and reads it back', async () => {
    plc.registers[13] = 0xa55a;
    plc.registers[14] = 0x1234;
    const { driver } = await started();
    const values = [true, -12.3, 1.5, true, 0xab, 18_446_744_073_709_551_615n, 'ok'];
    for (const [index, value] of values.entries()) {
      expect(await driver.write({ tag: index + 1, value, guards: [], permit })).to.deep.equal({
        outcome: 'confirmed',
        held: value,
      });
      expect(await driver.readOne(index + 1)).to.deep.equal({ status: StatusCode.Good, value });
    }
    expect(plc.writes.map((pdu) => pdu.toString('hex'))).to.deep.equal([
      '050003ff00',
      '06000aff85',
      '10000b00020400003fc0',
      '16000dffdf0020',
      '16000e00ffab00',
      '10000f000408ffffffffffffffff',
      '1000130002046f6b0000',
    ]);
    expect(plc.registers[13]).to.equal(0xa57a);
    expect(plc.registers[14]).to.equal(0xab34);
    await driver.write({ tag: 4, value: false, guards: [], permit });
    expect(plc.registers[13]).to.equal(0xa55a);
  });

  it('by functions 15 and 16 only, where the source wants it', async () => {
    const { driver } = await started(plan, { multipleWrites: true });
    await driver.write({ tag: 1, value: true, guards: [], permit });
    await driver.write({ tag: 2, value: 0.2, guards: [], permit });
    expect(plc.writes.map((pdu) => pdu.toString('hex'))).to.deep.equal(['0f000300010101', '10000a0001020002']);
    expect([plc.coils[3], plc.registers[10]]).to.deep.equal([1, 2]);
  });

  it('says what became of it: refused by the source, open after silence, and never sends it a second time', async () => {
    const { driver } = await started();
    const asked = () => driver.write({ tag: 2, value: 1, guards: [], permit });
    plc.mischief = (pdu) => (pdu[0] === 6 ? { exception: 2 } : undefined);
    expect(await asked()).to.deep.equal({ outcome: 'refused', detail: 'exception 2: address does not exist' });
    // Accepted but not done yet; a gateway that lost sight of it.
    for (const exception of [5, 11]) {
      plc.mischief = (pdu) => (pdu[0] === 6 ? { exception } : undefined);
      expect(await asked()).to.include({ outcome: 'unanswered' });
    }
    plc.mischief = (pdu) => (pdu[0] === 6 ? 'does it and is silent' : undefined);
    expect(await asked()).to.deep.equal({ outcome: 'unanswered', detail: 'no answer within 80 ms' });
    expect(await driver.readOne(2)).to.deep.equal({ status: StatusCode.Good, value: 1 });
    plc.mischief = (pdu) => {
      if (pdu[0] === 6) plc.cut();
      return pdu[0] === 6 ? 'silent' : undefined;
    };
    expect(await asked()).to.include({ outcome: 'unanswered' });
    await sleep(systemClock, 100);
    expect(plc.writes).to.have.lengthOf(5);
  });

  it('puts no byte on the wire of what is withheld, does not fit, or has no connection', async () => {
    const { driver } = await started();
    await driver.readOne(2);
    const withheld = { outcome: 'unsent', reason: 'withheld', detail: 'too late' };
    expect(await driver.write({ tag: 2, value: 1, guards: [], permit: () => 'too late' })).to.deep.equal(withheld);
    expect(await driver.write({ tag: 2, value: 1.25, guards: [], permit })).to.include({
      outcome: 'unsent',
      reason: 'value-unfit',
    });
    const alone = new ModbusPlc();
    await alone.start();
    const bench = new DriverBench(alone.port, plan);
    await alone.stop();
    benches.push(bench);
    await bench.driver.start();
    expect(await bench.driver.write({ tag: 2, value: 1, guards: [], permit })).to.include({
      outcome: 'unsent',
      reason: 'source-down',
    });
    expect(await bench.driver.readOne(2)).to.deep.equal({ status: StatusCode.BadNoCommunication, value: null });
    expect([...plc.writes, ...alone.writes]).to.deep.equal([]);
  });

  it('goes before the polls that wait, on the same connection', async () => {
    plc.delayMs = 5;
    const spread = Array.from({ length: 40 }, (_, i) =>
      tagOf({ address: `holding:${i * 200}`, type: 'uint16', number: 100 + i }),
    );
    const bench = await started([...plan, ...spread]);
    const polled = bench.poll();
    await sleep(systemClock, 30);
    const readsBefore = plc.readsTotal;
    expect(await bench.driver.write({ tag: 2, value: 7, guards: [], permit })).to.include({ outcome: 'confirmed' });
    expect(plc.readsTotal - readsBefore).to.be.lessThan(3);
    const samples = await polled;
    expect(samples).to.have.lengthOf(47);
    expect(samples.every(({ status }) => status === StatusCode.Good)).to.equal(true);
  });
});
