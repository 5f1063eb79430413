import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const run = promisify(execFile);

/** A real Eclipse Mosquitto on a free port of the loopback; what it keeps for sessions survives `restart`. */
export class Mosquitto {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  readonly #more: readonly string[];
  #port = 0;
  #process: ChildProcess | undefined;

  /** `settings`: lines of its configuration in place of letting everybody in. */
  constructor(settings: readonly string[] = ['allow_anonymous true']) {
    this.#more = settings;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const file = join(this.#folder, 'mosquitto.conf');
    const settings = [
      `listener ${this.#port} 127.0.0.1`,
      ...this.#more,
      'persistence true',
      `persistence_location ${this.#folder}/`,
      'max_queued_messages 0',
      `user ${userInfo().username}`,
    ];
    writeFileSync(file, `${settings.join('\n')}\n`);
    this.#process = spawn('mosquitto', ['-c', file], { stdio: 'ignore' });
    await until(() => answers(this.#port));
  }

  async stop(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.exitCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGTERM');
    await gone;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What the broker keeps for a topic (retained), by the program `mosquitto_sub`; undefined where it keeps nothing. */
  async read(topic: string): Promise<string | undefined> {
    const words = ['-p', String(this.#port), '-t', topic, '-C', '1', '-W', '1'];
    const asked = await run('mosquitto_sub', words).catch(() => undefined);
    return asked?.stdout.trim() || undefined;
  }

  /** By the program `mosquitto_pub`: these bytes as one message of QoS 1. */
  async send(topic: string, payload: Uint8Array, options: readonly string[] = []): Promise<void> {
    const asked = run('mosquitto_pub', ['-p', String(this.#port), '-t', topic, '-q', '1', '-s', ...options]);
    asked.child.stdin?.end(payload);
    await asked;
  }

  /** By the program `mosquitto_pub`: each line one message of QoS 1. */
  async publish(topic: string, lines: readonly string[], options: readonly string[] = []): Promise<void> {
    const words = ['-p', String(this.#port), '-t', topic, '-q', '1', '-l', ...options];
    const asked = run('mosquitto_pub', words, { timeout: 60_000 });
    asked.child.stdin?.end(`${lines.join('\n')}\n`);
    await asked;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** For a `before` hook: without the programs the suite is skipped with a line; where peers are required it fails. */
export async function requireMosquitto(context: Mocha.Context): Promise<void> {
  const found = await Promise.all(
    [
      ['mosquitto', '-h'],
      ['mosquitto_pub', '--help'],
    ].map(([program, word]) =>
      run(program!, [word!]).catch((error: { code?: unknown }) => (error.code === 'ENOENT' ? undefined : error)),
    ),
  );
  if (found.every((one) => one !== undefined)) return;
  const advice = 'no mosquitto and mosquitto_pub: apt-get install mosquitto mosquitto-clients';
  if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(advice);
  console.log(`      skipped: ${advice}`);
  context.skip();
}
