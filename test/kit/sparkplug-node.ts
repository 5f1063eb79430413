import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Python } from './python.ts';
import { until } from './until.ts';

/** `{name: [data type, value]}`; 64-bit integers as text. */
export type NodeMetrics = Readonly<Record<string, readonly [string, number | string | boolean]>>;

/** An edge node `Plant A/edge-1` with a device `press`, by a library nobody here wrote. */
export class SparkplugNode {
  readonly #process: ChildProcess;
  readonly #commands: string[] = [];
  #done = 0;
  #errors = '';

  constructor(python: Python) {
    this.#process = spawn(python.path, [python.scriptPath('sparkplug-node.py')], { stdio: 'pipe' });
    this.#process.stderr!.on('data', (text: Buffer) => {
      this.#errors += text.toString();
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      const told = JSON.parse(line) as { command?: string[]; done?: string };
      this.#commands.push(...(told.command ?? []));
      if (told.done !== undefined) this.#done += 1;
    });
  }

  /** Names of the metrics of commands heard so far. */
  get commands(): readonly string[] {
    return this.#commands;
  }

  connect(port: number, node: NodeMetrics, device: NodeMetrics): Promise<void> {
    return this.#ask({ do: 'connect', port, node, device });
  }

  update(device: NodeMetrics): Promise<void> {
    return this.#ask({ do: 'update', device });
  }

  /** The next message has a number too high by one, as if one had been lost. */
  skip(): Promise<void> {
    return this.#ask({ do: 'skip' });
  }

  /** Without a goodbye: the broker says that it is dead. */
  async die(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGKILL');
    await until(() => this.#process.exitCode !== null || this.#process.signalCode !== null);
  }

  async #ask(command: object): Promise<void> {
    const before = this.#done;
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`);
    await until(() => {
      if (this.#process.exitCode !== null) throw new Error(`the node has ended: ${this.#errors}`);
      return this.#done > before;
    });
  }
}
