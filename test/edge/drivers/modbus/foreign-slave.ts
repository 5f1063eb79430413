import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Python } from '../../../kit/python.ts';

/** pymodbus as the slave, in a network and at a pseudo-terminal: it shares no line of code with our driver. */
export class ForeignSlave {
  readonly port: number;
  readonly tty: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { port, tty }: { port: number; tty: string }) {
    this.#child = child;
    this.port = port;
    this.tty = tty;
  }

  /** With `port` only the terminal is there, in front of what listens at it. */
  static async start(
    python: Python,
    what: { framer: 'socket' | 'rtu' | 'ascii' } | { port: number },
  ): Promise<ForeignSlave> {
    const child = spawn(python.path, [python.scriptPath('serve-modbus.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.write(`${JSON.stringify(what)}\n`);
    for await (const line of createInterface({ input: child.stdout })) return new ForeignSlave(child, JSON.parse(line));
    throw new Error('the pymodbus slave ended');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await ended;
  }
}
