import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { curingBlocks, curingSignals } from '#deploy/demo/curing-signals';
import { CuringLine } from '#deploy/demo/simulation/curing-line';
import type { LedgerLine } from '#deploy/demo/simulation/ledger';
import { temporaryFolder } from '#test/kit/folders';
import { type RunningPlant, startModbusPlant } from '#test/kit/plant';

/** A Modbus master of bare bytes: what it expects is written out by hand from the specification. */
class RawMaster {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      socket.emit('more');
    });
    socket.on('error', () => {});
  }

  static async to(port: number): Promise<RawMaster> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawMaster(socket);
  }

  send(hex: string): void {
    this.#socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  /** The next `count` bytes, as hexadecimal text. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#received.length < count) await once(this.#socket, 'more');
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  async ask(hex: string): Promise<string> {
    this.send(hex);
    const header = await this.bytes(6);
    return Buffer.concat([header, await this.bytes(header.readUInt16BE(4))]).toString('hex');
  }

  async closed(): Promise<void> {
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
  }

  close(): void {
    this.#socket.destroy();
  }
}

describe('demonstration plant: line 1 over Modbus TCP', () => {
  const { folder, remove } = temporaryFolder();
  const ledger = join(folder, 'line-1.jsonl');
  let plant: RunningPlant;
  let master: RawMaster;

  before(async () => {
    plant = await startModbusPlant({ seed: 'modbus', speed: 600, paused: true, ledger });
  });
  after(async () => {
    await plant.stop();
    remove();
  });
  beforeEach(async () => {
    master = await RawMaster.to(plant.port);
  });
  afterEach(async () => {
    master.close();
    await plant.control('/fault', { kind: 'off' });
  });

  /** Data bytes of an answer to a read of registers. */
  async function registers(unitId: number, code: 3 | 4, first: number, count: number): Promise<Buffer> {
    const request = Buffer.alloc(12);
    request.writeUInt16BE(0x0102, 0);
    request.writeUInt16BE(6, 4);
    request.set([unitId, code], 6);
    request.writeUInt16BE(first, 8);
    request.writeUInt16BE(count, 10);
    return Buffer.from(await master.ask(request.toString('hex')), 'hex').subarray(9);
  }

  it('answers byte for byte as the protocol says', async () => {
    // State idle (5), 65,515 pieces (ffeb), 62,003 good with words swapped (f233 0000), 3,512 scrap (0db8).
    expect(await master.ask('0001 0000 0006 01 03 0000 0005')).to.equal(
      '0001' + '0000' + '000d' + '01' + '03' + '0a' + '0005ffebf233' + '0000' + '0db8',
    );
    // Press 3 swaps the bytes of every register.
    expect((await registers(1, 3, 200, 1)).toString('hex')).to.equal('0500');
    // 11,415 good at press 3 (BADC) and 291 at press 4 (DCBA).
    expect((await registers(1, 3, 202, 2)).toString('hex')).to.equal('0000972c');
    expect((await registers(1, 3, 302, 2)).toString('hex')).to.equal('23010000');
    // The recipe of press 1, padded with zeros.
    expect((await registers(1, 3, 12, 8)).toString('latin1')).to.equal('205/55 R16 91V\0\0');
    // Discrete inputs 0–15 of press 1: only the emergency stop (10) is on.
    expect(await master.ask('0002 0000 0006 01 02 0000 0010')).to.equal('000200000005' + '01' + '02' + '02' + '0004');
    expect(await master.ask('0003 0000 0006 01 02 000a 0001')).to.equal('000300000004' + '01' + '02' + '01' + '01');
    expect(await master.ask('0004 0000 0006 01 01 0000 0003')).to.equal('000400000004' + '01' + '01' + '01' + '00');
  });

  it('counts 64-bit integers beyond 2^53 and 2^63 exactly', async () => {
    const { values } = await plant.control('/state');
    const joules = (await registers(2, 4, 12, 4)).readBigInt64BE();
    const pulses = (await registers(2, 4, 20, 4)).readBigUInt64LE();
    const exported = (await registers(2, 4, 16, 4)).swap16().readBigInt64BE();
    expect(joules.toString()).to.equal(values['meter.energy-watt-seconds']);
    expect(pulses.toString()).to.equal(values['meter.pulses']);
    expect(exported.toString()).to.equal(values['meter.exported']);
    expect(pulses > 2n ** 63n && BigInt(Number(pulses)) !== pulses).to.equal(true);
    expect(joules > 2n ** 53n && exported < -(2n ** 53n)).to.equal(true);
  });

  it('refuses what it cannot answer', async () => {
    const refusals: readonly [string, string, string][] = [
      ['register 40 of press 1 does not exist', '01 03 0028 0001', '83 02'],
      ['a read over the end of a block', '01 03 0020 000c', '83 02'],
      ['input registers between two machines', '01 04 0032 0001', '84 02'],
      ['no register', '01 03 0000 0000', '83 03'],
      ['126 registers', '01 03 0000 007e', '83 03'],
      ['2,001 coils', '01 01 0000 07d1', '81 03'],
      ['writing a register', '01 06 0000 0001', '86 01'],
      ['a unit that is not there', '09 03 0000 0001', '83 0b'],
    ];
    for (const [what, request, refusal] of refusals) {
      const unit = request.slice(0, 2);
      expect(await master.ask(`0007 0000 0006 ${request}`), what).to.equal(
        `000700000003${unit}${refusal.replace(' ', '')}`,
      );
    }
  });

  it('takes requests in pieces and several at once', async () => {
    master.send('0001 0000 0006 01');
    await new Promise((resolve) => setTimeout(resolve, 20));
    master.send('03 0000 0001 0002 0000 0006 01 03 0001 0001');
    expect((await master.bytes(22)).toString('hex')).to.equal(
      '000100000005010302' + '0005' + '000200000005010302' + 'ffeb',
    );
  });

  it('drops a connection that does not speak Modbus TCP', async () => {
    master.send('0001 0007 0006 01 03 0000 0001');
    await master.closed();
    const other = await RawMaster.to(plant.port);
    other.send('0001 0000 ffff 01 03 0000 0001');
    await other.closed();
  });

  it('shows the faults asked for', async () => {
    const read = '0001 0000 0006 01 03 0000 0001';
    await plant.control('/fault', { kind: 'exception', code: 6 });
    expect(await master.ask(read)).to.equal('000100000003018306');
    await plant.control('/fault', { kind: 'wrong-length' });
    master.send(read);
    expect((await master.bytes(11)).toString('hex')).to.equal('0001000000080103020005');
    await plant.control('/fault', { kind: 'silent' });
    master.send(read);
    await plant.control('/fault', { kind: 'delay', ms: 30 });
    expect(await master.ask(read.replace('0001', '0002')), 'only the second is answered').to.match(/^0002/);
    await plant.control('/fault', { kind: 'reset' });
    master.send(read);
    await master.closed();
    await plant.control('/fault', { kind: 'refuse' });
    const refused = await RawMaster.to(plant.port).then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(refused).to.equal('ECONNREFUSED');
    await plant.control('/fault', { kind: 'off' });
    master = await RawMaster.to(plant.port);
    expect(await master.ask(read)).to.equal('0001000000050103020005');
  });

  it('refuses a fault it does not know', async () => {
    const answers = await Promise.all(
      [{ kind: 'flood' }, { kind: 'delay', ms: -1 }, { kind: 'exception' }].map((body) =>
        plant.control('/fault', body).then(
          () => 200,
          (error: Error) => Number(/ (\d{3}) /.exec(error.message)?.[1]),
        ),
      ),
    );
    expect(answers).to.deep.equal([400, 400, 400]);
  });

  it('registers, control port and ledger agree after a run and a freeze', async () => {
    const { values: before } = await plant.control('/state');
    await plant.control('/run');
    // Never torn: at every moment total = good + scrap in what one answer says.
    for (let read = 0; read < 60; read += 1) {
      const block = await registers(1, 3, 400, 7);
      expect(block.readUInt32BE(2)).to.equal(block.readUInt32BE(6) + block.readUInt32BE(10));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { values, running } = await plant.control('/freeze');
    expect(running).to.equal(false);
    const rows = (await readFile(ledger, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as LedgerLine);
    for (const machine of ['press-1', 'press-2', 'press-3', 'press-4', 'conveyor']) {
      const parts = rows.filter((row) => row.kind === 'part').filter((row) => row.machine === machine);
      expect(parts.length, machine).to.be.greaterThan(5);
      const rollover = machine === 'conveyor' ? 2 ** 32 : 65_536;
      expect((Number(before[`${machine}.total`]) + parts.length) % rollover, machine).to.equal(
        values[`${machine}.total`],
      );
      expect(Number(parts.at(-1)?.counts.total) % rollover, machine).to.equal(values[`${machine}.total`]);
      expect(parts.at(-1)?.counts.good, machine).to.equal(values[`${machine}.good`]);
      const last = rows
        .filter((row) => row.kind === 'state')
        .filter((row) => row.machine === machine)
        .at(-1);
      expect(last?.value, machine).to.equal(values[`${machine}.state`]);
    }
    expect((await registers(1, 3, 1, 1)).readUInt16BE()).to.equal(values['press-1.total']);
    expect((await registers(2, 4, 0, 4)).readDoubleBE()).to.equal(values['meter.energy']);
    const readings = rows.filter((row) => row.kind === 'energy');
    expect(readings.at(-1)?.kWh).to.equal(values['meter.energy']);
  });

  it('places every signal in a block of its own and none upon another', () => {
    const journal = { state() {}, part() {}, energy() {} };
    const signals = curingSignals(new CuringLine({ seed: 'x', journal }), { seed: 'x', speed: 1 });
    const widths: Partial<Record<string, number>> = {
      int32: 2,
      uint32: 2,
      float32: 2,
      int64: 4,
      uint64: 4,
      float64: 4,
    };
    const used = new Set<string>();
    for (const { name, unitId, table, address, type, bit, length } of signals) {
      const width = type === 'string' ? (length ?? 0) / 2 : (widths[type] ?? 1);
      const block = curingBlocks.find(
        (one) =>
          one.unitId === unitId && one.table === table && one.first <= address && address < one.first + one.count,
      );
      expect(block === undefined ? 0 : block.first + block.count, name).to.be.at.least(address + width);
      for (let register = address; register < address + width; register += 1) {
        const place = `${unitId}/${table}/${register}/${bit ?? 'whole'}`;
        expect(used.has(place) || used.has(`${unitId}/${table}/${register}/whole`), `${name} at ${place}`).to.equal(
          false,
        );
        used.add(place);
      }
    }
    expect(signals.length).to.be.greaterThan(80);
  });
});
