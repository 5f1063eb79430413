import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssemblyServer } from '../../demo/assembly-server.ts';
import type { AssemblySignal } from '../../demo/assembly-signals.ts';

/** An OPC UA server of so many variables (first argument), each of which changes once a second: a twentieth of them every 50 ms. */
const slices = 20;
const variables = Number(process.argv[2] ?? 1_000);
const values = new Float64Array(variables);
const signals = Array.from(
  { length: variables },
  (_, place): AssemblySignal => ({
    name: `v${place}`,
    identifier: `Plant.v${place}`,
    dataType: 'Double',
    type: 'float64',
    read: () => values[place]!,
  }),
);
const pki = mkdtempSync(join(tmpdir(), 'gongfu-bench-pki-'));
process.on('exit', () => rmSync(pki, { recursive: true, force: true }));
const server = new AssemblyServer({ signals, port: 0, pki });
await server.start();
let slice = 0;
setInterval(() => {
  for (let place = slice; place < variables; place += slices) values[place] = values[place]! + 0.25;
  slice = (slice + 1) % slices;
  server.publish(Date.now());
}, 1000 / slices);
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
console.log(JSON.stringify({ ready: true, port: server.port }));
