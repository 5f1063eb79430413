import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface PlantOptions {
  readonly seed?: string;
  readonly speed?: number;
  readonly paused?: boolean;
  /** File the ledger is written to. */
  readonly ledger: string;
  /** File that keeps the counters over a restart; factory new without. */
  readonly totals?: string;
  /** Protocol port; any free one without. */
  readonly port?: number;
  /** Folder for certificates (OPC UA); give every server of one test run the same to save the time of making keys. */
  readonly pki?: string;
}

/** What the control port tells of the plant; 64-bit integers are strings. */
export interface PlantState {
  readonly running: boolean;
  readonly speed: number;
  readonly plantMs: number;
  readonly wallMs: number;
  readonly values: Readonly<Record<string, number | boolean | string>>;
}

/** A demonstration plant as a real process. */
export interface RunningPlant {
  readonly port: number;
  readonly controlPort: number;
  readonly process: ChildProcess;
  /** POST with a body or to `/run`, `/freeze`, `/fault`; GET for `/state` and `/health`. Rejects unless answered 200. */
  control(path: string, body?: object): Promise<PlantState>;
  stop(): Promise<void>;
}

export function startModbusPlant(options: PlantOptions): Promise<RunningPlant> {
  return startPlant('modbus-plant', options);
}

export function startOpcuaPlant(options: PlantOptions): Promise<RunningPlant> {
  return startPlant('opcua-plant', options);
}

async function startPlant(name: string, options: PlantOptions): Promise<RunningPlant> {
  const main = fileURLToPath(import.meta.resolve(`#deploy/demo/${name}`));
  const child = spawn(process.execPath, [main, ...flagsOf(options)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ready = await new Promise<{ port: number; control: number }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code} before it was ready: ${errors}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as { port: number; control: number });
    });
  });
  return {
    port: ready.port,
    controlPort: ready.control,
    process: child,
    control: (path, body) => callControl(ready.control, path, body),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function flagsOf(options: PlantOptions): string[] {
  const flags = ['--ledger', options.ledger, '--port', String(options.port ?? 0), '--control-port', '0'];
  if (options.seed !== undefined) flags.push('--seed', options.seed);
  if (options.speed !== undefined) flags.push('--speed', String(options.speed));
  if (options.totals !== undefined) flags.push('--totals', options.totals);
  if (options.pki !== undefined) flags.push('--pki', options.pki);
  if (options.paused === true) flags.push('--paused');
  return flags;
}

async function callControl(port: number, path: string, body: object | undefined): Promise<PlantState> {
  const reads = path === '/state' || path === '/health';
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: reads ? 'GET' : 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as PlantState;
}
