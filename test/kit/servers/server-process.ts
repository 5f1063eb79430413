import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server nobody here wrote, with its data in a folder of its own. */
export interface ServerProcess {
  /** Of the line it was found ready by. */
  readonly ready: RegExpExecArray;
  readonly folder: string;
  signal(signal: NodeJS.Signals): void;
  /** When it has ended, however. */
  readonly gone: Promise<void>;
  /** SIGTERM, its end, and its data are gone. */
  stop(): Promise<void>;
}

/** A program `test/kit/servers/build.sh` has built, as `influxdb-2.7.12/influxd`; undefined when it has not. */
export function builtServer(program: string): string | undefined {
  const cache =
    process.env.GONGFU_SERVERS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gongfu-servers');
  const file = join(cache, program);
  return existsSync(file) ? file : undefined;
}

/** @throws Error with what it wrote when it ends before the line comes */
export async function startServer(
  program: string,
  parametersFor: (folder: string) => readonly string[],
  readyLine: RegExp,
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'server-'));
  const child = spawn(program, parametersFor(folder), { stdio: ['ignore', 'pipe', 'pipe'] });
  // Whatever becomes of the test run, the server does not outlive it.
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
    process.off('exit', last);
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
    let written = '';
    const read = (text: Buffer): void => {
      if (written.length < 1_000_000) written += text;
      const found = readyLine.exec(written);
      if (found !== null) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${program} ended (${code}) before it was ready:\n${written}`)));
  });
  return { ready, folder, signal: (signal) => child.kill(signal), gone, stop };
}

/** For a `before` hook: skips with one line saying so, or fails where the servers are required (`GONGFU_REQUIRE_SERVERS=1`, as in CI). */
export function withoutServer(context: Mocha.Context, name: string, variable: string): never {
  const advice = `no ${name}: run test/kit/servers/build.sh or set ${variable}`;
  if (process.env.GONGFU_REQUIRE_SERVERS === '1') throw new Error(advice);
  console.log(`      skipped: ${advice}`);
  return context.skip();
}
