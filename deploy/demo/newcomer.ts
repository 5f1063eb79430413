import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '@gongfu/shared/base/clock';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

export interface RunningMachine {
  readonly port: number;
  readonly panelUrl: string;
  stop(): Promise<void>;
}

export interface NewcomerOptions {
  readonly machine: RunningMachine;
  /** Where report and configuration go. */
  readonly folder: string;
  readonly language: 'zh' | 'en';
  /** Between two keys. */
  readonly keyMs: number;
  /** Between the look at the panel and the first key. */
  readonly lookMs: number;
}

export interface NewcomerResult {
  readonly seconds: number;
  readonly readings: number;
  /** Tags whose place, type, order, bit and scale are the machine's. */
  readonly right: number;
  readonly tags: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** What stood on the screen. */
  readonly screen: string;
  /** Tags that are otherwise than the machine has them, with their verdict. */
  readonly wrong: readonly string[];
}

interface ProposedTag {
  readonly name: string;
  readonly verdict: string;
  readonly keys?: Record<string, unknown>;
}

interface Shown {
  readonly name: string;
  readonly unit: string;
  readonly shows: string;
}

/** A machine as a process of its own. */
export async function startMachine(seed: string): Promise<RunningMachine> {
  const child = spawn(process.execPath, [join(checkout, 'deploy/dist/demo/unknown-machine.js'), '--seed', seed], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  const { port, panel } = JSON.parse(line) as { port: number; panel: number };
  return {
    port,
    panelUrl: `http://127.0.0.1:${panel}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Somebody who knows nothing of Modbus: reads each question, looks at the panel, types key by key what it shows. */
export class Newcomer {
  readonly #options: NewcomerOptions;
  #screen = '';
  #answered = 0;
  #readings = 0;

  constructor(options: NewcomerOptions) {
    this.#options = options;
  }

  async run(): Promise<NewcomerResult> {
    const { machine, folder, language } = this.#options;
    const report = join(folder, 'acceptance.html');
    const beganMs = systemClock.monotonicMs();
    const child = spawn(
      process.execPath,
      [
        ...[join(checkout, 'edge/bin/gongfu-edge.js'), 'assist', '--host', '127.0.0.1', '--port', String(machine.port)],
        ...['--from', 'holding:0', 'input:0', 'coil:0', 'discrete:0', '--count', '100', '--language', language],
        ...['--report', report, '--write', join(folder, 'edge.yaml'), '--gateway', 'hall-3', '--source', 'unit-7'],
      ],
      { stdio: ['pipe', 'ignore', 'pipe'] },
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
    });
    const gone = once(child, 'close');
    await this.#answerAll(child);
    await gone;
    if (child.exitCode !== 0) throw new Error(`the assistant ended with ${child.exitCode}:\n${this.#screen}`);
    const seconds = (systemClock.monotonicMs() - beganMs) / 1_000;
    const { tags } = JSON.parse(readFileSync(report.replace(/html$/, 'json'), 'utf8')) as { tags: ProposedTag[] };
    const compared = await comparedWithTruth(this.#options.machine, tags);
    return { seconds, readings: this.#readings, screen: this.#screen, ...compared };
  }

  async #answerAll(child: ChildProcess): Promise<void> {
    const panel = await panelOf(this.#options.machine);
    const names = panel.map(({ name }) => name);
    let current: Shown | undefined;
    while (child.exitCode === null) {
      await sleep(systemClock, 50);
      const question = this.#screen.slice(this.#answered);
      const again = /\n? {2}(\S+) \((?:last|上次) .*\): $/.exec(question)?.[1];
      let answer: string | undefined;
      if (/(no more\): |没有更多）：)$/.test(question)) {
        current = panel.find(({ name }) => name === names[0]);
        answer = names.shift() ?? '';
      } else if (/(for none\): |无单位）：)$/.test(question)) answer = current?.unit ?? '';
      else if (/\(y\/N\) $/.test(question)) answer = 'y';
      else if (again !== undefined || /(shows now: |现在显示：)$/.test(question))
        answer = await this.#look(again ?? current!.name);
      if (answer === undefined) continue;
      this.#answered = this.#screen.length;
      await this.#type(child, answer);
    }
  }

  async #look(name: string): Promise<string> {
    const { shows } = (await panelOf(this.#options.machine)).find((item) => item.name === name)!;
    this.#readings += 1;
    await sleep(systemClock, this.#options.lookMs);
    return shows;
  }

  async #type(child: ChildProcess, text: string): Promise<void> {
    for (const key of `${text}\n`) {
      child.stdin!.write(key);
      await sleep(systemClock, this.#options.keyMs);
    }
  }
}

/** Lays what was proposed against where things truly lie. */
export async function comparedWithTruth(
  machine: RunningMachine,
  tags: readonly ProposedTag[],
): Promise<Pick<NewcomerResult, 'right' | 'tags' | 'verdicts' | 'wrong'>> {
  const truth = (await (await fetch(`${machine.panelUrl}/truth`)).json()) as Record<string, unknown>[];
  const wrong = tags.filter(({ name, keys }) => !isTrue(keys, truth.find((one) => one.name === name)!));
  const verdicts: Record<string, number> = {};
  for (const { verdict } of tags) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  return {
    right: tags.length - wrong.length,
    tags: tags.length,
    verdicts,
    wrong: wrong.map(({ name, verdict }) => `${name} (${verdict})`),
  };
}

export async function panelOf({ panelUrl }: RunningMachine): Promise<Shown[]> {
  return (await (await fetch(`${panelUrl}/panel`)).json()) as Shown[];
}

function isTrue(keys: Record<string, unknown> | undefined, truth: Record<string, unknown>): boolean {
  if (keys === undefined) return false;
  const { address, type, bit, scale = 1, byteOrder = 'ABCD' } = keys;
  const order = byteOrder === 'BA' ? 'BADC' : byteOrder;
  return (
    address === `${truth.table}:${truth.address}` &&
    type === truth.type &&
    bit === truth.bit &&
    scale === truth.scale &&
    order === truth.byteOrder
  );
}
