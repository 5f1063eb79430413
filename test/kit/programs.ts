import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkoutFolder } from './source-tree.ts';

/** A program of ours as a real process, from its ready line to its end. */
export interface RunningProgram {
  readonly process: ChildProcess;
  /** Everything it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** No warning, no time to write anything. Resolves when the process is gone. */
  kill9(): Promise<void>;
  /** SIGTERM, then SIGKILL after ten seconds; resolves with the exit code, null when it had to be killed. */
  stop(): Promise<number | null>;
}

export interface RunningCloud extends RunningProgram {
  readonly url: string;
  readonly user: string;
  /** Password of the first administrator; undefined on a data folder that has one already. */
  readonly password: string | undefined;
}

export interface RunningEdge extends RunningProgram {
  readonly statusUrl: string;
  /** What it was started with; gone when the program is. */
  readonly configFile: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** `gongfu-cloud run` on a free port of the loopback, or on `port`; `plantFile` is imported. */
export async function startCloud(options: {
  dataDir: string;
  env?: Variables;
  plantFile?: string;
  port?: number;
  allowedOrigins?: readonly string[];
  /** More lines of the configuration file. */
  settings?: readonly string[];
  /** More keys under `http`, in YAML's braces. */
  http?: string;
  /** Folder of another checkout whose program is meant. */
  checkout?: string;
}): Promise<RunningCloud> {
  const settings = writeText('cloud.yaml', [
    `http: { host: 127.0.0.1, port: ${options.port ?? 0}, allowedOrigins: ${JSON.stringify(options.allowedOrigins ?? [])}${options.http === undefined ? '' : `, ${options.http}`} }`,
    `data: { path: ${JSON.stringify(options.dataDir)} }`,
    ...(options.settings ?? []),
    ...(options.plantFile === undefined ? [] : [`plant: { file: ${JSON.stringify(options.plantFile)} }`]),
  ]);
  // What the caller's own shell has set must not move the port or the data.
  const env = { PORT: undefined, HOST: undefined, DATA_DIR: undefined, ...options.env };
  const { program, line } = await startCommand(
    join(options.checkout ?? checkoutFolder, 'cloud/bin/gongfu-cloud.js'),
    ['run', '-c', settings.file],
    env,
    /^listening (\S+)$/m,
  );
  program.process.once('exit', settings.remove);
  const first = /^first administrator user=(\S+) password=(\S+)$/m.exec(program.stdout());
  return { ...program, url: line[1]!, user: first?.[1] ?? 'admin', password: first?.[2] };
}

/** `gongfu-edge run` with the given YAML text. */
export async function startEdge(options: { config: string; env?: Variables }): Promise<RunningEdge> {
  const settings = writeText('edge.yaml', [options.config]);
  const ready = /^running gateway=\S+ status=(\S+)$/m;
  const { program, line } = await startCommand(
    'edge/bin/gongfu-edge.js',
    ['run', '-c', settings.file],
    options.env ?? {},
    ready,
  );
  program.process.once('exit', settings.remove);
  return { ...program, statusUrl: line[1]!, configFile: settings.file };
}

/** Runs a program of ours to its end; for commands that answer and for starts that must fail. */
export async function runProgram(
  bin: 'edge/bin/gongfu-edge.js' | 'cloud/bin/gongfu-cloud.js',
  parameters: readonly string[],
  env: Variables = {},
  /** What is piped into it. */
  input = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = spawnProgram(bin, parameters, env);
  program.process.stdin!.end(input);
  const [code] = (await once(program.process, 'close')) as [number | null];
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** Any program of ours by its file, until it writes a line of this form. */
export async function startCommand(
  bin: string,
  parameters: readonly string[],
  env: Variables,
  ready: RegExp,
): Promise<{ program: RunningProgram; line: RegExpExecArray }> {
  const program = spawnProgram(bin, parameters, env);
  // A test that waits in vain is ended by its own time limit, which knows nothing of the program.
  const slow = setTimeout(() => tellSlowStart(bin, program), 20_000);
  const line = await new Promise<RegExpExecArray>((resolve, reject) => {
    program.process.stdout!.on('data', () => {
      const found = ready.exec(program.stdout());
      if (found !== null) resolve(found);
    });
    program.process.once('close', (code, signal) => {
      reject(
        new Error(`${bin} ended (${code ?? signal}) before it was ready:\n${program.stdout()}${program.stderr()}`),
      );
    });
  }).finally(() => clearTimeout(slow));
  return { program, line };
}

function tellSlowStart(bin: string, program: RunningProgram): void {
  const { pid } = program.process;
  const threads = ['status', 'wchan', 'syscall'].map((name) => {
    try {
      return `${name}: ${readFileSync(`/proc/${pid}/${name}`, 'utf8').trim()}`;
    } catch (error) {
      return `${name}: ${String(error)}`;
    }
  });
  console.error(
    `${bin} (${pid}) is not ready after 20 s, load ${loadavg().join(' ')}\n${threads.join('\n')}\n${program.stdout()}${program.stderr()}`,
  );
}

function spawnProgram(bin: string, parameters: readonly string[], env: Variables): RunningProgram {
  const file = resolve(checkoutFolder, bin);
  const [command, ...words] = file.endsWith('.js') ? [process.execPath, file] : [file];
  const child = spawn(command!, [...words, ...parameters], {
    // A server for the tests is not one for every program they start.
    env: { ...process.env, INFLUX_URL: '', ...env },
    // The channel is what tells the program that this test run has gone.
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const gone = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    async kill9() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      const code = await gone;
      clearTimeout(timer);
      return code;
    },
  };
}

function writeText(name: string, lines: readonly string[]): { file: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-'));
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
