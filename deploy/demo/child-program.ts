import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';

const graceMs = 10_000;
/** A program that has lived this long has recovered: the next fault is met as a first one. */
const recoveredMs = 60_000;
const logBytesMax = 20_000_000;
const lastWords = 15;

export interface ChildOptions {
  /** As people know it: `cloud`, `edge`. */
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Everything it prints, line by line, over all its lives. */
  readonly logFile: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Tells the person at the terminal. */
  readonly say: (line: string) => void;
}

/**
 * A program of the demonstration as a child process. Once it has been ready it is started again whenever it ends, until
 * `stop`. It holds an IPC channel by which it learns that its parent is gone, however that came about.
 */
export class ChildProgram {
  readonly #options: ChildOptions;
  readonly #backoff: Backoff;
  #child: ChildProcess | undefined;
  #log: number | undefined;
  #wanted = false;
  #cancelRestart: (() => void) | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: 500, maxMs: 30_000, random: options.random });
  }

  /** Process id of the present life. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts it and waits for the line that says it is ready; returns all lines up to that one.
   * @throws Problem when it ends, or says nothing of the kind within `withinMs`.
   */
  async launch(readyLine: RegExp, withinMs: number): Promise<string[]> {
    this.#openLog();
    this.#wanted = true;
    const { child, output } = this.#spawn();
    const lines: string[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const cancel = this.#options.clock.after(withinMs, () => reject(this.#slow(withinMs, lines)));
        const settled = (settle: () => void): void => {
          cancel();
          settle();
        };
        for (const stream of output) {
          stream.on('line', (line) => {
            lines.push(line);
            if (readyLine.test(line)) settled(resolve);
          });
        }
        child.once('error', (error) => settled(() => reject(error)));
        child.once('close', (code, signal) => settled(() => reject(this.#ended(code ?? signal, lines))));
      });
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
    this.#watch(child);
    return lines;
  }

  /** From now on its end is no fault: a Ctrl-C at the terminal reaches all programs at once. */
  retire(): void {
    this.#wanted = false;
    this.#cancelRestart?.();
  }

  /** Asks it to end, and ends it after ten seconds. */
  async stop(): Promise<void> {
    this.retire();
    const child = this.#child;
    if (child !== undefined && alive(child)) {
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGTERM');
      const cancel = this.#options.clock.after(graceMs, () => child.kill('SIGKILL'));
      await closed;
      cancel();
    }
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
  }

  #spawn(): { child: ChildProcess; output: Interface[] } {
    const { script, args, env } = this.#options;
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    const output = [child.stdout, child.stderr].flatMap((stream) =>
      stream === null ? [] : [createInterface({ input: stream })],
    );
    for (const stream of output) stream.on('line', (line) => this.#write(line));
    return { child, output };
  }

  #watch(child: ChildProcess): void {
    const { clock, name, logFile, say } = this.#options;
    const begunMs = clock.monotonicMs();
    const ended = (code: number | string | null): void => {
      if (!this.#wanted) return;
      if (clock.monotonicMs() - begunMs > recoveredMs) this.#backoff.reset();
      const waitMs = Math.round(this.#backoff.nextMs());
      say(`${name} ended (${code}); starting it again in ${(waitMs / 1_000).toFixed(1)} s. Its log: ${logFile}`);
      this.#cancelRestart = clock.after(waitMs, () => this.#watch(this.#spawn().child));
    };
    if (alive(child)) child.once('close', (code, signal) => ended(code ?? signal));
    else ended(child.exitCode ?? child.signalCode);
  }

  #openLog(): void {
    const { logFile } = this.#options;
    if (this.#log !== undefined) return;
    mkdirSync(dirname(logFile), { recursive: true });
    const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    if (size > logBytesMax) renameSync(logFile, `${logFile}.old`);
    this.#log = openSync(logFile, 'a', 0o600);
  }

  /** A first password is shown once at the terminal and kept nowhere. */
  #write(line: string): void {
    if (this.#log !== undefined) writeSync(this.#log, `${line.replace(/password=\S+/g, 'password=***')}\n`);
  }

  #ended(code: number | string | null, lines: readonly string[]): Problem {
    const { name, logFile } = this.#options;
    return new Problem({
      code: 'program-ended',
      detail: `${name} ended (${code}) before it was ready.`,
      advice: `Its log is ${logFile}. It said last:\n${indented(lines)}`,
      reaction: 'stop',
    });
  }

  #slow(withinMs: number, lines: readonly string[]): Problem {
    const { name, logFile } = this.#options;
    return new Problem({
      code: 'program-slow',
      detail: `${name} was not ready within ${withinMs / 1_000} s.`,
      advice: `On a very slow machine, start again. Its log is ${logFile}. It said last:\n${indented(lines)}`,
      reaction: 'stop',
    });
  }
}

function alive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function indented(lines: readonly string[]): string {
  return lines.length === 0
    ? '  (nothing)'
    : lines
        .slice(-lastWords)
        .map((line) => `  ${line}`)
        .join('\n');
}
