import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, CommandResult } from '@gongfu/shared/wire/command';
import { expect } from 'chai';
import { EdgeCloud } from '../../kit/edge-cloud.ts';
import { temporaryFolder } from '../../kit/folders.ts';
import { ModbusPlc } from '../../kit/modbus-plc.ts';
import { type RunningEdge, runProgram, startEdge } from '../../kit/programs.ts';
import { until } from '../../kit/until.ts';

const door = 1;

describe('commands', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  const plc = new ModbusPlc();
  const cloud = new EdgeCloud();
  let edge: RunningEdge;
  let numbers: Record<string, number>;
  let ids = 0;
  const configFile = join(folder, 'edge.yaml');

  const config = (commands = 'commands: { enabled: true }') => `
gateway: { name: gw-1 }
uplink: { url: "${cloud.url}", code: ABCD-EFGH }
buffer: { path: "${folder}" }
status: { port: 0 }
${commands}
sources:
  - name: press
    driver: modbus
    host: 127.0.0.1
    port: ${plc.port}
    timeout: 400ms
    interval: 100ms
    tags:
      - { name: setpoint, address: "holding:10", type: int16, scale: 0.1, write: { min: 0, max: 90, interlock: { tag: door, equals: true } } }
      - { name: recipe, address: "holding:11", type: uint64, write: { min: 0, max: 1000000000000 } }
      - { name: pump, address: "holding:15", type: bool, bit: 3, write: { interlock: [{ tag: level, above: 5, below: 9 }, { source: hall, tag: mode, equals: auto }] } }
      - { name: level, address: "holding:16", type: uint16, range: { max: 100, outside: clamp } }
      - { name: door, address: "coil:${door}", type: bool }
      - { name: fixed, address: "holding:17", type: uint16 }
  - name: hall
    driver: modbus
    host: 127.0.0.1
    port: ${plc.port}
    timeout: 400ms
    tags:
      - { name: mode, address: "holding:20", type: string, length: 4 }
`;

  async function start(text = config()): Promise<void> {
    const hellos = cloud.hellos.length;
    edge = await startEdge({ config: text });
    await until(() => cloud.hellos.length > hellos);
    numbers = Object.fromEntries(cloud.hellos.at(-1)!.tags.map(({ name, number }) => [name, number]));
    const reads = plc.readsTotal;
    await until(() => plc.readsTotal > reads + 6);
  }

  function command(tag: string, value: Command['value'], rest: Partial<Command> = {}): Command {
    ids += 1;
    return {
      id: `c-${ids}`,
      number: numbers[tag] ?? 4_000_000,
      value,
      requestedAt: Date.now(),
      expiresAt: Date.now() + 10_000,
      expiresInMs: 10_000,
      requestedBy: 'li.wei',
      approvedBy: null,
      reason: 'test',
      ...rest,
    };
  }

  async function resultOf(asked: Command): Promise<CommandResult> {
    const before = cloud.results.length;
    expect(await cloud.command(asked)).to.deep.equal({ received: true });
    const mine = () => cloud.results.slice(before).find(({ id }) => id === asked.id);
    await until(() => mine() !== undefined);
    return mine()!;
  }

  before(async () => {
    await cloud.start();
    await plc.start();
    writeFileSync(configFile, config());
    await start();
  });

  after(async () => {
    await edge.stop();
    await cloud.stop();
    await plc.stop();
    remove();
  });

  beforeEach(() => {
    plc.writes.length = 0;
    plc.mischief = () => undefined;
    plc.coils[door] = 1;
    plc.registers[16] = 7;
    plc.registers.set([0x6175, 0x746f], 20);
  });

  it('are offered by hello, written once, read back and told', async () => {
    expect(cloud.hellos.at(-1)!.writable).to.have.deep.members([
      { number: numbers.setpoint, minimum: 0, maximum: 90 },
      { number: numbers.recipe, minimum: 0, maximum: 1_000_000_000_000 },
      { number: numbers.pump, minimum: null, maximum: null },
    ]);
    const written = { outcome: 'written', code: 'written', detail: '' };
    expect(await resultOf(command('setpoint', 21.3))).to.include({ ...written, readBack: 21.3 });
    expect(await resultOf(command('recipe', '123456789012'))).to.include({ ...written, readBack: '123456789012' });
    expect(await resultOf(command('pump', true))).to.include({ ...written, readBack: true });
    expect(plc.writes.map((pdu) => pdu[0])).to.deep.equal([6, 16, 22]);
    expect([plc.registers[10], plc.registers[15]]).to.deep.equal([213, 8]);
  });

  it('with an id that was used get the known result and write nothing, after a restart too', async () => {
    const first = command('setpoint', 30);
    const result = await resultOf(first);
    expect(await resultOf({ ...first, expiresAt: Date.now() + 60_000 })).to.deep.equal(result);
    expect(await cloud.command({ ...first, value: 31 })).to.include({ received: false, code: 'id-reused' });
    await edge.stop();
    await start();
    expect(await resultOf(first)).to.deep.equal(result);
    expect(plc.writes).to.have.lengthOf(1);
  });

  it('sent twice at once are written once', async () => {
    const twice = command('setpoint', 31);
    const receipts = await Promise.all([cloud.command(twice), cloud.command(twice)]);
    expect(receipts).to.deep.equal([{ received: true }, { received: true }]);
    await until(() => cloud.results.some(({ id }) => id === twice.id));
    expect(plc.writes).to.have.lengthOf(1);
  });

  it('that must not be written put no byte of a write on the wire', async () => {
    const now = Date.now();
    const refused: [string, Command, () => void][] = [
      ['expired', command('setpoint', 1, { expiresAt: now - 1 }), () => {}],
      ['expired', command('setpoint', 1, { expiresInMs: 0 }), () => {}],
      ['expired', command('setpoint', 1, { expiresAt: now + 1e9, expiresInMs: -5 }), () => {}],
      ['out-of-range', command('setpoint', 90.1), () => {}],
      ['out-of-range', command('setpoint', -0.1), () => {}],
      ['out-of-range', command('recipe', '1000000000001'), () => {}],
      ['value-unfit', command('setpoint', 1.23), () => {}],
      ['value-unfit', command('setpoint', '1'), () => {}],
      ['value-unfit', command('recipe', '1e3'), () => {}],
      ['value-unfit', command('pump', 1), () => {}],
      ['not-writable', command('fixed', 1), () => {}],
      ['not-writable', command('nowhere', 1), () => {}],
      ['interlock', command('setpoint', 1), () => plc.coils.fill(0, door, door + 1)],
      ['interlock', command('pump', true), () => plc.registers.fill(5, 16, 17)],
      ['interlock', command('pump', true), () => plc.registers.fill(9, 16, 17)],
      ['interlock', command('pump', true), () => plc.registers.fill(0x4d4d, 20, 22)],
      // Clamped into its range it is uncertain, and no ground to write on.
      ['interlock-unknown', command('pump', true), () => plc.registers.fill(101, 16, 17)],
      [
        'interlock-unknown',
        command('setpoint', 1),
        () => {
          plc.mischief = (pdu) => (pdu[0] === 1 ? { exception: 4 } : undefined);
        },
      ],
      [
        'interlock-unknown',
        command('pump', true),
        () => {
          plc.mischief = (pdu) => (pdu[0] === 3 && pdu.readUInt16BE(1) === 20 ? 'silent' : undefined);
        },
      ],
    ];
    for (const [code, asked, prepare] of refused) {
      plc.mischief = () => undefined;
      plc.coils[door] = 1;
      plc.registers[16] = 7;
      plc.registers.set([0x6175, 0x746f], 20);
      prepare();
      const result = await resultOf({
        ...asked,
        expiresAt: asked.expiresAt < now ? asked.expiresAt : Date.now() + 10_000,
      });
      expect(result, `${code}: ${result.detail}`).to.include({ outcome: 'refused', code, readBack: null });
      expect(result.detail).to.not.equal('');
    }
    expect(plc.writes).to.deep.equal([]);
  });

  it('that make no sense are not received, and the connection goes on', async () => {
    for (const nonsense of [{}, { ...command('setpoint', 1), id: 'a b' }, { ...command('setpoint', 1), value: null }]) {
      expect(await cloud.command(nonsense as never)).to.include({ received: false, code: 'command-malformed' });
    }
    expect(await resultOf(command('setpoint', 2))).to.include({ outcome: 'written' });
  });

  it('wait their turn, and are not written when they expire in it', async () => {
    plc.mischief = (pdu) => (pdu[0] === 6 ? 'silent' : undefined);
    const slow = command('setpoint', 3);
    const late = command('recipe', '3', { expiresInMs: 200 });
    const results = await Promise.all([resultOf(slow), resultOf(late)]);
    expect(results[0]).to.include({ outcome: 'unknown', code: 'no-answer' });
    expect(results[0]!.readBack).to.be.a('number');
    expect(results[1]).to.include({ outcome: 'refused', code: 'expired' });
    expect(plc.writes.map((pdu) => pdu[0])).to.deep.equal([6]);
  });

  it('tell what the source says, and when it holds another value afterwards', async () => {
    plc.mischief = (pdu) => (pdu[0] === 6 ? { exception: 3 } : undefined);
    expect(await resultOf(command('setpoint', 4))).to.include({ outcome: 'failed', code: 'source-refused' });
    plc.mischief = (pdu) => {
      if (pdu[0] === 16) setImmediate(() => plc.registers.fill(0, 11, 15));
      return undefined;
    };
    const result = await resultOf(command('recipe', '44'));
    expect(result).to.include({ outcome: 'failed', code: 'read-back-differs', readBack: '0' });
  });

  it('are told until the cloud has their result, over a lost connection', async () => {
    cloud.receipt = undefined;
    const asked = command('setpoint', 5);
    const result = await resultOf(asked);
    cloud.receipt = { received: true };
    cloud.cut();
    await until(() => cloud.results.filter(({ id }) => id === asked.id).length === 2);
    expect(cloud.results.at(-1)).to.deep.equal(result);
    expect(plc.writes).to.have.lengthOf(1);
  });

  it('under way when the agent is killed are of unknown fate, read back and never written again', async () => {
    plc.mischief = (pdu) => {
      if (pdu[0] !== 6) return undefined;
      edge.process.kill('SIGKILL');
      return 'does it and is silent';
    };
    const asked = command('setpoint', 6.5);
    const receipt = cloud.command(asked).catch(() => undefined);
    await until(() => plc.writes.length > 0);
    await edge.kill9();
    await receipt;
    plc.mischief = () => undefined;
    await start();
    await until(() => cloud.results.some(({ id }) => id === asked.id));
    expect(await resultOf(asked)).to.include({ outcome: 'unknown', code: 'crashed-under-way', readBack: 6.5 });
    expect(plc.writes).to.have.lengthOf(1);
  });

  it('follow a reloaded configuration: other tags are offered, others refused', async () => {
    writeFileSync(
      edge.configFile,
      config()
        .replace('{ min: 0, max: 90, interlock: { tag: door, equals: true } }', '{ min: 5, max: 6 }')
        .replace('"holding:11", type: uint64, write: { min: 0, max: 1000000000000 }', '"holding:11", type: uint64'),
    );
    const offered = cloud.writable.length;
    edge.process.kill('SIGHUP');
    await until(() => cloud.writable.length > offered);
    expect(cloud.writable.at(-1)).to.have.deep.members([
      { number: numbers.setpoint, minimum: 5, maximum: 6 },
      { number: numbers.pump, minimum: null, maximum: null },
    ]);
    plc.coils[door] = 0;
    expect(await resultOf(command('setpoint', 7))).to.include({ code: 'out-of-range' });
    expect(await resultOf(command('recipe', '1'))).to.include({ code: 'not-writable' });
    expect(await resultOf(command('setpoint', 5.5))).to.include({ code: 'written' });
    expect(plc.writes).to.have.lengthOf(1);
  });

  it('are listed with what became of them, for whoever asks on the gateway', async () => {
    const { stdout, code } = await runProgram('edge/bin/gongfu-edge.js', ['commands', '-c', configFile, '--all']);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^\S+Z {2}written {2}press\/setpoint = 21\.3 {2}read back 21\.3.* {2}by li\.wei {2}"test" {2}c-1$/m)
      .and.match(/refused \(interlock\) {2}press\/setpoint = 1 .* press\/door is false, but must be true/)
      .and.match(/unknown \(crashed-under-way\) {2}press\/setpoint = 6\.5 {2}read back 6\.5/);
  });

  it('stand on the local page, the newest first, in both languages', async () => {
    const page = async (language: string) =>
      (await fetch(`${edge.statusUrl}/commands`, { headers: { 'accept-language': language } })).text();
    const [zh, en] = [await page('zh'), await page('en')];
    expect(zh).to.contain('写入请求').and.contain('press/setpoint').and.contain('已写入').and.contain('联锁条件不满足');
    expect(en).to.contain('<td>press/setpoint<td>6.5').and.contain('li.wei');
    expect(en)
      .to.match(/not written<br>The interlock does not allow it/)
      .and.match(/unknown<br>The gateway stopped during/);
    expect(en.indexOf('<td>5.5')).to.be.lessThan(en.indexOf('<td>21.3'));
  });

  it('are refused where writing is not switched on, and no tag is offered', async () => {
    await edge.stop();
    await start(config(''));
    expect(cloud.hellos.at(-1)).to.not.have.property('writable');
    expect(await resultOf(command('setpoint', 7))).to.include({ outcome: 'refused', code: 'disabled' });
    expect(plc.writes).to.deep.equal([]);
  });
});
