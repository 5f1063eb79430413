import { driverWritesContract, stageTags } from '#test/contract/driver-writes.contract';
import { DriverBench } from '#test/edge/drivers/modbus/driver-bench';
import { tagOf as modbusTagOf } from '#test/edge/drivers/modbus/fixtures';
import { tagOf as opcuaTagOf, startDriver } from '#test/edge/drivers/opcua/recording';
import { temporaryFolder } from '#test/kit/folders';
import { ModbusPlc } from '#test/kit/modbus-plc';
import { OpcuaServerProcess } from '#test/kit/opcua-server';
import { Relay } from '#test/kit/relay';

const { flag, level, count, speed, text } = stageTags;

driverWritesContract('modbus', async () => {
  const plc = new ModbusPlc();
  const relay = new Relay({ host: '127.0.0.1', port: await plc.start() });
  const plan = [
    modbusTagOf({ number: flag, address: 'holding:0', type: 'bool', bit: 4 }),
    modbusTagOf({ number: level, address: 'holding:1', type: 'int16', scale: 0.1 }),
    modbusTagOf({ number: count, address: 'holding:2', type: 'uint64' }),
    modbusTagOf({ number: speed, address: 'holding:6', type: 'float32' }),
    modbusTagOf({ number: text, address: 'holding:8', type: 'string', length: 8 }),
  ];
  // Long enough for a busy machine: what is written and read back here has to be answered.
  const { driver } = new DriverBench(await relay.start(), plan, { timeout: '2s' });
  await driver.start();
  return {
    driver,
    relay,
    // One request is under way at a time, and so each piece is one.
    isWrite: (bytes) => bytes.readUInt8(7) > 4,
    async stop() {
      await driver.stop();
      await relay.stop();
      await plc.stop();
    },
  };
});

const line = 'http://line.test/';
/** The number of a WriteRequest in its binary encoding: namespace 0, 673 (OPC UA Part 6, 5.2.2.9 and NodeIds). */
const writeRequestId = Buffer.from('0100a102', 'hex');

driverWritesContract('opcua', async () => {
  const { folder, remove } = temporaryFolder();
  const variable = (identifier: string, type: 'Boolean' | 'Int16' | 'UInt64' | 'Float' | 'String', value: unknown) => ({
    namespaceUri: line,
    identifier,
    type,
    value,
  });
  const server = await OpcuaServerProcess.start({
    port: 0,
    folder,
    namespaces: [line],
    variables: [
      variable('s=Flag', 'Boolean', false),
      variable('s=Level', 'Int16', 0),
      variable('s=Count', 'UInt64', '0'),
      variable('s=Speed', 'Float', 0),
      variable('s=Text', 'String', ''),
    ],
  });
  const relay = new Relay({ host: '127.0.0.1', port: server.port });
  const endpoint = `opc.tcp://127.0.0.1:${await relay.start()}`;
  const { driver, stop } = await startDriver({ endpoint, timeout: '2s' }, [
    opcuaTagOf(flag, `nsu=${line};s=Flag`, 'bool'),
    opcuaTagOf(level, `nsu=${line};s=Level`, 'int16', { scale: 0.1 }),
    opcuaTagOf(count, `nsu=${line};s=Count`, 'uint64'),
    opcuaTagOf(speed, `nsu=${line};s=Speed`, 'float32'),
    opcuaTagOf(text, `nsu=${line};s=Text`, 'string'),
  ]);
  return {
    driver,
    relay,
    isWrite: (bytes) => bytes.includes(writeRequestId),
    async stop() {
      await stop();
      await relay.stop();
      await server.kill();
      remove();
    },
  };
});
