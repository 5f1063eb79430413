import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from './source-tree.ts';

/** What `npm start` runs, without the build before it. */
export interface Demonstration {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Sends a signal to one of its programs, by a part of its command line. @throws Error when none runs */
  signal(program: DemonstrationProgram, signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export type DemonstrationProgram = 'modbus-plant' | 'opcua-plant' | 'gongfu-cloud' | 'gongfu-edge';

/**
 * Starts on a free port of the loopback with its data in `dataFolder`; the plant has no past unless the test is about it.
 * @throws Error with what it wrote when it is not ready in time
 */
export async function startDemonstration(
  dataFolder: string,
  {
    readyWithinMs = 90_000,
    past = 'none',
    env = {},
  }: { readyWithinMs?: number; past?: 'night' | 'none'; env?: Readonly<Record<string, string>> } = {},
): Promise<Demonstration> {
  const child = spawn(process.execPath, [join(checkoutFolder, 'deploy/dist/demo/start.js')], {
    env: {
      ...process.env,
      INFLUX_URL: '',
      ...env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: dataFolder,
      DEMO_PAST: past,
    },
    // By the channel it learns that this test run is gone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  try {
    const [url, user, password] = await readyLine(child, readyWithinMs);
    return { url, user, password, stop, signal: (program, signal) => process.kill(childOf(child, program), signal) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readyLine(child: ChildProcess, withinMs: number): Promise<[string, string, string]> {
  return new Promise((resolve, reject) => {
    let written = '';
    const fail = (why: string): void => reject(new Error(`the demonstration ${why}:\n${written}`));
    const timer = setTimeout(() => fail(`was not ready in ${withinMs} ms`), withinMs);
    const read = (text: Buffer): void => {
      written += text;
      const ready = /^ready (\S+) user=(\S+) password=(\S+)$/m.exec(written);
      if (ready === null) return;
      clearTimeout(timer);
      resolve([ready[1]!, ready[2]!, ready[3]!]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('close', () => {
      clearTimeout(timer);
      fail('ended before it was ready');
    });
  });
}

function childOf(parent: ChildProcess, program: DemonstrationProgram): number {
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim().split(' ');
  const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program));
  if (found === undefined) throw new Error(`the demonstration runs no ${program}`);
  return Number(found);
}
