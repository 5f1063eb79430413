import { createInterface, type Interface } from 'node:readline';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Answer, Terminal } from './commissioning/dialogue.ts';

export interface KeyboardOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly clock: Clock;
}

/** A person at a keyboard, or a file in the place of one. Knows when the first key of an answer was pressed. */
export class Keyboard implements Terminal {
  readonly #options: KeyboardOptions;
  readonly #lines: Interface;
  readonly #waiting: Answer[] = [];
  #firstKeyMs: number | undefined;
  #closed = false;
  #next: ((answer: Answer | undefined) => void) | undefined;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    const { input, output, clock } = options;
    this.#lines = createInterface({ input, output, terminal: input.isTTY === true });
    input.on('data', () => {
      this.#firstKeyMs ??= clock.now();
    });
    this.#lines.on('line', (text) => this.#hear({ text, firstKeyMs: this.#firstKeyMs ?? clock.now() }));
    this.#lines.on('SIGINT', () => this.#lines.close());
    this.#lines.on('close', () => {
      this.#closed = true;
      this.#next?.(undefined);
    });
  }

  async ask(question: string): Promise<Answer | undefined> {
    this.#options.output.write(question);
    const typed = this.#waiting.shift();
    // What was typed ahead is of now: nobody can have looked at the panel for a question not yet asked.
    if (typed !== undefined) return { ...typed, firstKeyMs: this.#options.clock.now() };
    if (this.#closed) return undefined;
    this.#firstKeyMs = undefined;
    return new Promise((resolve) => {
      this.#next = (answer) => {
        this.#next = undefined;
        resolve(answer);
      };
    });
  }

  say(line: string): void {
    this.#options.output.write(`${line}\n`);
  }

  close(): void {
    this.#lines.close();
  }

  #hear(answer: Answer): void {
    if (this.#next === undefined) this.#waiting.push(answer);
    else this.#next(answer);
  }
}
