import { systemClock } from '@gongfu/shared/base/clock';
import { AssemblyServer } from './assembly-server.ts';
import { assemblySignals } from './assembly-signals.ts';
import { ControlPort } from './control-port.ts';
import { jsonValue, readPlantSettings, simulate, stopOnRequest } from './plant-process.ts';
import { AssemblyLine } from './simulation/assembly-line.ts';

const settings = readPlantSettings('opcua-plant');
const { line, time, run } = simulate(
  settings,
  (options) => new AssemblyLine(options),
  (wallMs) => server.publish(wallMs),
);
const signals = assemblySignals(line, settings);
const server = new AssemblyServer({ signals, port: settings.port, pki: settings.pki });
const control = new ControlPort({
  port: settings.controlPort,
  time,
  run,
  values: () => Object.fromEntries(signals.map(({ name, read }) => [name, jsonValue(read())])),
  async setFault(body) {
    const names = badNames(body);
    return names !== undefined && server.setBad(names, systemClock.now());
  },
});

stopOnRequest(async () => {
  await control.stop();
  await run.stop();
  await server.stop();
});
await run.start();
await server.start();
await control.start();
if (!settings.paused) run.run();
console.log(JSON.stringify({ ready: true, port: server.port, control: control.port }));

/** `{kind:'bad', signals:[…]}` or `{kind:'off'}`; undefined for anything else. */
function badNames(body: unknown): string[] | undefined {
  if (typeof body !== 'object' || body === null || !('kind' in body)) return undefined;
  if (body.kind === 'off') return [];
  if (body.kind !== 'bad' || !('signals' in body) || !Array.isArray(body.signals)) return undefined;
  return body.signals.map(String);
}
