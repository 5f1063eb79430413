import { createServer } from 'node:http';
import { systemClock } from '@gongfu/shared/base/clock';
import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { Command } from 'commander';
import { type PanelItem, unknownMachine } from './machine-layout.ts';
import { ModbusServer } from './modbus-server.ts';
import { stopOnRequest } from './plant-process.ts';
import { RegisterImage } from './register-image.ts';

/**
 * A machine nobody has a list of, to try `gongfu-edge assist` on: Modbus TCP on one port, and on the other what its panel shows,
 * as a page for people (`/`), as JSON (`/panel`), and where everything truly lies, for who has finished (`/truth`).
 */
const settings = new Command('unknown-machine')
  .option('--seed <text>', 'another seed, another machine', 'gongfu')
  .option('--port <number>', 'Modbus port on the loopback, 0 = any', Number, 0)
  .option('--panel-port <number>', 'port of the panel on the loopback, 0 = any', Number, 0)
  .parse()
  .opts<{ seed: string; port: number; panelPort: number }>();

const { panel, signals, blocks } = unknownMachine(settings.seed);
const startedMs = systemClock.now();
// A machine that has just been switched on would not have moved yet.
const runMs = () => systemClock.now() - startedMs + 600_000;
const host = '127.0.0.1';
const server = new ModbusServer({
  clock: systemClock,
  image: new RegisterImage({ signals, blocks }),
  advance: runMs,
  host,
  port: settings.port,
});

const shown = (): object[] => {
  const plantMs = runMs();
  return panel.map(({ name, unit, shows }: PanelItem) => ({
    name,
    unit,
    symbol: unitSymbol(unit),
    shows: shows(plantMs),
  }));
};
const answers: Readonly<Record<string, () => [type: string, body: string]>> = {
  '/': () => ['text/html; charset=utf-8', page],
  '/panel': () => ['application/json', JSON.stringify(shown())],
  '/truth': () => ['application/json', JSON.stringify(panel.map(({ name, truth }) => ({ name, ...truth })))],
};
const panelServer = createServer((request, response) => {
  const answer = answers[request.url ?? '']?.();
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': answer?.[0] ?? 'text/plain' });
  response.end(answer?.[1] ?? 'there is / and /panel');
});

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Panel</title>
<style>body{margin:0;padding:20px;background:#20262b;color:#dfe6ea;font:16px system-ui,sans-serif}h1{font-size:16px;font-weight:500;color:#9aa7b0;margin:0 0 14px}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:10px}div{background:#2b3339;border:1px solid #3b464d;border-radius:4px;padding:8px 12px}
span{display:block;color:#9aa7b0;font-size:13px}b{font:600 24px ui-monospace,monospace;font-variant-numeric:tabular-nums}i{font-style:normal;color:#9aa7b0;margin-left:6px}</style>
<h1>Injection unit 7</h1><main></main><script>
const show=async()=>{const items=await(await fetch('/panel')).json();document.querySelector('main').replaceChildren(...items.map(({name,symbol,shows})=>{
const box=document.createElement('div');for(const[tag,text]of[['span',name],['b',shows],['i',symbol]])box.append(Object.assign(document.createElement(tag),{textContent:text}));return box}))};
show();setInterval(show,500)</script></html>`;

stopOnRequest(async () => {
  panelServer.closeAllConnections();
  await new Promise<void>((resolve) => panelServer.close(() => resolve()));
  await server.stop();
});
await server.start();
await new Promise<void>((resolve) => panelServer.listen(settings.panelPort, host, resolve));
const address = panelServer.address();
const panelPort = typeof address === 'object' && address !== null ? address.port : settings.panelPort;
console.log(JSON.stringify({ ready: true, port: server.port, panel: panelPort }));
