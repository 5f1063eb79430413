import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** From the epoch ms `from` up to, not with, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a question gave: enough to see that all stores say the same. */
export interface Answer {
  readonly rows: number;
  readonly lowest: number;
  readonly highest: number;
}

/** What every store is asked, over HTTP. Tags are numbers from 1. */
export interface Questions {
  raw(tag: number, range: Range): Promise<Answer>;
  /** Lowest, highest and mean of each step. */
  steps(tags: readonly number[], range: Range, stepMs: number): Promise<Answer>;
  /** The same of all tags that have samples there. */
  manySteps(range: Range, stepMs: number): Promise<Answer>;
  /** The newest of each tag. */
  last(range: Range): Promise<Answer>;
}

/** A store somebody could write to and ask directly instead of us. */
export interface Peer extends Questions {
  readonly name: string;
  /** When a write that was answered survives a loss of power. */
  readonly durable: string;
  readonly pid: number;
  readonly takesGzip: boolean;
  /** Line protocol with times in ms. */
  write(lines: Uint8Array<ArrayBuffer>, encoding?: 'gzip'): Promise<void>;
  /** Until all that was written can be asked, and as small as it gets. */
  settle(rows: number): Promise<void>;
  stop(): Promise<void>;
}

export type OpenPeer = (folder: string) => Promise<Peer | undefined>;

/** Where `peers.sh` puts what it gets; undefined where that was not done. */
export function installed(file: string): string | undefined {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const path = join(process.env.GONGFU_SERVERS ?? join(cache, 'gongfu-servers'), file);
  return existsSync(path) ? path : undefined;
}

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts it on a free port of the loopback and waits until that address answers. */
export async function startServer(
  command: string,
  argsOf: (port: number) => readonly string[],
  readyPath: string,
  envOf: (port: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Server> {
  const port = await freePort();
  const child = spawn(command, argsOf(port), { stdio: 'ignore', env: { ...process.env, ...envOf(port) } });
  // Whatever becomes of the bench, the server does not outlive it.
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  child.once('exit', () => process.off('exit', last));
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + 60_000;
  while (
    !(await fetch(url + readyPath).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`${command} does not answer at ${url}`);
    await wait(100);
  }
  return { url, pid: child.pid ?? 0, stop: () => stopped(child) };
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
    child.once('exit', () => {
      clearTimeout(limit);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** @throws Error with what was answered, unless that is well */
export async function ask(url: string, request: RequestInit = {}): Promise<string> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).pathname}: ${response.status} ${text.slice(0, 500)}`);
  return text;
}

export async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // What is really taken: some stores reserve more than they have written.
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name)).catch(() => ({ blocks: 0 }))).blocks * 512),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Until a folder has not changed its size for ten seconds, three minutes at most. */
export async function untilStill(folder: string): Promise<void> {
  const end = Date.now() + 180_000;
  let bytes = -1;
  let since = Date.now();
  while (Date.now() < end && Date.now() - since < 10_000) {
    const now = await bytesOf(folder);
    if (now !== bytes) since = Date.now();
    bytes = now;
    await wait(500);
  }
}

/** Of numbers, told one by one. */
export class Tally {
  #rows = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;

  take(lowest: number, highest = lowest): void {
    this.#rows += 1;
    if (lowest < this.#lowest) this.#lowest = lowest;
    if (highest > this.#highest) this.#highest = highest;
  }

  add({ rows, lowest, highest }: Answer): void {
    this.#rows += rows;
    if (lowest < this.#lowest) this.#lowest = lowest;
    if (highest > this.#highest) this.#highest = highest;
  }

  get answer(): Answer {
    return { rows: this.#rows, lowest: this.#lowest, highest: this.#highest };
  }
}
