import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkoutFolder } from './source-tree.ts';

const run = promisify(execFile);

/** A Python that has the independent protocol clients pymodbus and asyncua. */
export interface Python {
  readonly path: string;
  /** Runs a script of this folder: JSON in by standard input, JSON out by standard output. @throws Error with what it wrote on failure */
  ask(script: string, question: unknown): Promise<unknown>;
  scriptPath(script: string): string;
}

async function hasPeers(path: string): Promise<boolean> {
  return run(path, ['-c', 'import pymodbus, asyncua, pysparkplug, influxdb_client'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

function scriptPath(script: string): string {
  return join(checkoutFolder, 'test/kit', script);
}

async function ask(path: string, script: string, question: unknown): Promise<unknown> {
  const asked = run(path, [scriptPath(script)], { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 });
  asked.child.stdin?.end(JSON.stringify(question));
  const { stdout } = await asked;
  return JSON.parse(stdout);
}

/** `GONGFU_PYTHON`, else the one made by `test/kit/install-peers.sh`; undefined when neither has the clients. */
export async function findPython(): Promise<Python | undefined> {
  const path = process.env.GONGFU_PYTHON ?? join(checkoutFolder, '.cache/python/bin/python');
  if (!existsSync(path) || !(await hasPeers(path))) return undefined;
  return { path, ask: (script, question) => ask(path, script, question), scriptPath };
}

/**
 * For a `before` hook. Without the clients the suite is skipped with one line that says how to get them; where they are
 * required (`GONGFU_REQUIRE_PEERS=1`, as in CI) it fails.
 */
export async function requirePeers(context: Mocha.Context): Promise<Python> {
  const python = await findPython();
  if (python !== undefined) return python;
  const advice =
    'no Python with pymodbus, asyncua, pysparkplug and influxdb-client: run test/kit/install-peers.sh or set GONGFU_PYTHON';
  if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(advice);
  console.log(`      skipped: ${advice}`);
  return context.skip();
}
