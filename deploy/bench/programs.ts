import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sweeps } from './edge/sweep-meter.ts';

/** The real programs as child processes, each on a free port and a folder of its own. */
const checkout = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export interface Program {
  readonly pid: number;
  /** The first standard-output line that matches, waited for. */
  line(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  /** When it has ended by itself: what it wrote. @throws Error unless its exit code is 0 */
  end(): Promise<string>;
  stop(): Promise<void>;
  /** No warning. */
  kill(): Promise<void>;
}

export function startProgram(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
  /** Of the processor; any unless told. */
  core?: number,
): Program {
  const pinned = core === undefined ? [] : ['taskset', '-c', String(core)];
  const command = [...pinned, process.execPath, join(checkout, script), ...args];
  // The channel ends the program when the bench ends, however it does.
  return follow(script, command, { env: { LOG_LEVEL: 'warn', ...env }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
}

/** A program of others; what it complains of goes to nobody. */
export function startForeign(command: readonly string[], env: Record<string, string>, folder: string): Program {
  return follow(command[0] ?? '', command, { env, stdio: ['ignore', 'pipe', 'ignore'], cwd: folder });
}

function follow(
  name: string,
  [command = '', ...args]: readonly string[],
  options: { env: Record<string, string>; stdio: StdioOptions; cwd?: string },
): Program {
  const child = spawn(command, args, { ...options, env: { ...process.env, ...options.env } });
  // Whatever becomes of the bench, the program does not outlive it.
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  child.once('exit', () => process.off('exit', last));
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    pid: child.pid ?? 0,
    line: (pattern, limitMs = 60_000) => waitForLine(child, pattern, { output: () => output, name, limitMs }),
    end: () =>
      new Promise((resolve, reject) => {
        child.once('close', (code) => {
          if (code === 0) resolve(output);
          else reject(new Error(`${name} ended with code ${code}: ${output}`));
        });
      }),
    stop: () => stopChild(child),
    kill: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

function waitForLine(
  child: ChildProcess,
  pattern: RegExp,
  { output, name, limitMs }: { output: () => string; name: string; limitMs: number },
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(output());
      if (found === null && child.exitCode === null) return;
      clearInterval(timer);
      clearTimeout(limit);
      if (found === null) reject(new Error(`${name} ended with code ${child.exitCode}: ${output()}`));
      else resolve(found);
    };
    const timer = setInterval(look, 20);
    const limit = setTimeout(() => {
      clearInterval(timer);
      reject(new Error(`${name} did not print ${pattern}: ${output()}`));
    }, limitMs);
  });
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', () => {
      clearTimeout(limit);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** A folder that is gone afterwards. */
export async function inFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-bench-'));
  try {
    return await task(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Cloud extends Program {
  readonly url: string;
  readonly token: string;
  /** One-time code for a gateway of that name. */
  code(gatewayName: string): Promise<string>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  delete(path: string): Promise<void>;
  /** A counter of /metrics, summed over its labels. */
  metric(name: string): Promise<number>;
}

/** On a folder that was used before with the port and the token of then; `plant` is the text of a plant model. */
export async function startCloud(
  folder: string,
  again?: {
    port?: string;
    token?: string;
    plant?: string;
    core?: number;
    env?: Readonly<Record<string, string>>;
    /** More keys of the configuration file. */
    settings?: object;
  },
): Promise<Cloud> {
  const settings = join(folder, 'cloud.yaml');
  const plant = again?.plant === undefined ? undefined : join(folder, 'plant.yaml');
  if (plant !== undefined) writeFileSync(plant, again?.plant ?? '');
  // Nobody renews the token of a bench that takes long.
  const signIn = { tokenLifetime: '12h' };
  const planned = plant === undefined ? {} : { plant: { file: plant } };
  writeFileSync(settings, JSON.stringify({ signIn, ...planned, ...again?.settings }));
  const env = { ...again?.env, PORT: again?.port ?? '0', HOST: '127.0.0.1', DATA_DIR: join(folder, 'cloud') };
  const program = startProgram('cloud/bin/gongfu-cloud.js', ['run', '-c', settings], env, again?.core);
  const url = (await program.line(/^listening (\S+)/m))[1] ?? '';
  const ask = async (path: string, body?: object, token?: string, method = body === undefined ? 'GET' : 'POST') => {
    const response = await fetch(url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const signedInAnew = async (): Promise<string> => {
    const password = (await program.line(/^first administrator user=admin password=(\S+)/m))[1] ?? '';
    const signedIn = await (await ask('/api/v1/sessions', { user: 'admin', password })).json();
    return (signedIn as { token: string }).token;
  };
  const token = again?.token ?? (await signedInAnew());
  const post = async <T>(path: string, body: object) => (await (await ask(path, body, token)).json()) as T;
  return {
    ...program,
    url,
    token,
    post,
    code: async (name) => (await post<{ code: string }>('/api/v1/gateways', { name })).code,
    delete: async (path) => void (await ask(path, undefined, token, 'DELETE')),
    get: async <T>(path: string) => (await (await ask(path, undefined, token)).json()) as T,
    metric: async (name) => {
      const text = await (await ask('/metrics')).text();
      const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
      if (lines.length === 0) throw new Error(`/metrics has no ${name}`);
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
  };
}

export interface RegisterServer extends Program {
  readonly port: number;
  /** What it was asked since it was asked for this the last time. */
  sweeps(intervalMs: number): Promise<Sweeps>;
}

export async function startRegisterServer(): Promise<RegisterServer> {
  const program = startProgram('deploy/dist/bench/register-server.js', []);
  const [, port, counters] = await program.line(/"port":(\d+),"counters":(\d+)/);
  return {
    ...program,
    port: Number(port),
    sweeps: async (intervalMs) =>
      (await (await fetch(`http://127.0.0.1:${counters}/?intervalMs=${intervalMs}`)).json()) as Sweeps,
  };
}
