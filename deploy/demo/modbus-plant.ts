import { systemClock } from '@gongfu/shared/base/clock';
import { ControlPort } from './control-port.ts';
import { curingBlocks, curingSignals } from './curing-signals.ts';
import { faultFrom } from './modbus-fault.ts';
import { ModbusServer } from './modbus-server.ts';
import { jsonValue, readPlantSettings, simulate, stopOnRequest } from './plant-process.ts';
import { RegisterImage } from './register-image.ts';
import { CuringLine } from './simulation/curing-line.ts';

const settings = readPlantSettings('modbus-plant');
const { line, time, run } = simulate(settings, (options) => new CuringLine(options));
const signals = curingSignals(line, settings);
const image = new RegisterImage({ signals, blocks: curingBlocks });
const server = new ModbusServer({
  clock: systemClock,
  image,
  advance: () => run.advance(),
  host: '127.0.0.1',
  port: settings.port,
});
const control = new ControlPort({
  port: settings.controlPort,
  time,
  run,
  values: (plantMs) => Object.fromEntries(signals.map(({ name, read }) => [name, jsonValue(read(plantMs))])),
  more: () => ({ fault: server.fault }),
  async setFault(body) {
    const fault = faultFrom(body);
    if (fault !== undefined) await server.setFault(fault);
    return fault !== undefined;
  },
});

stopOnRequest(async () => {
  await control.stop();
  await server.stop();
  await run.stop();
});
await run.start();
await server.start();
await control.start();
if (!settings.paused) run.run();
console.log(JSON.stringify({ ready: true, port: server.port, control: control.port }));
