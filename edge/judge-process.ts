import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Problem } from '@gongfu/shared/base/problem';
import type { Judged, JudgeLine, JudgeRequest, TagNow, WrittenSource } from './commissioning/judge.ts';
import type { RegisterImage, RegisterWindow } from './drivers/modbus/register-image.ts';

/** A call of `JudgeLine` on its way to the other process. */
export interface JudgeCall {
  readonly id: number;
  readonly method: Exclude<keyof JudgeLine, 'stop'>;
  readonly given: unknown;
}

export type JudgeAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly refused: Pick<Problem, 'code' | 'message' | 'advice' | 'places'> };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Another process of this program that judges for the assistant's page; it ends with us, and when it has been stopped. */
export class JudgeProcess implements JudgeLine {
  readonly #command: readonly string[];
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #ended: string | undefined;
  #calls = 0;

  /** `command`: how it is started. */
  constructor(options: { readonly command: readonly string[] }) {
    this.#command = options.command;
  }

  begin(windows: readonly RegisterWindow[]): Promise<void> {
    return this.#call('begin', windows) as Promise<void>;
  }

  image(image: RegisterImage): Promise<boolean> {
    return this.#call('image', image) as Promise<boolean>;
  }

  judge(request: JudgeRequest): Promise<Judged> {
    return this.#call('judge', request) as Promise<Judged>;
  }

  now(): Promise<readonly TagNow[]> {
    return this.#call('now', null) as Promise<readonly TagNow[]>;
  }

  write(source: WrittenSource): Promise<void> {
    return this.#call('write', source) as Promise<void>;
  }

  yaml(source: WrittenSource): Promise<string> {
    return this.#call('yaml', source) as Promise<string>;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#end('it was stopped');
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  #call(method: JudgeCall['method'], given: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw judgeGone(this.#ended);
      this.#child ??= this.#start();
      this.#calls += 1;
      const call: JudgeCall = { id: this.#calls, method, given };
      this.#waiting.set(call.id, { resolve, reject });
      this.#child.send(call, (error) => {
        if (error !== null) this.#end(error.message);
      });
    });
  }

  #start(): ChildProcess {
    const [program, ...parameters] = this.#command;
    const child = spawn(program!, parameters, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('message', (message) => this.#hear(message as JudgeAnswer));
    child.on('error', (error) => this.#end(error.message));
    child.once('exit', (code, signal) => this.#end(`it ended with ${code ?? signal}`));
    return child;
  }

  #hear(answer: JudgeAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (!('refused' in answer)) {
      waiting?.resolve(answer.value);
      return;
    }
    const { message: detail, ...fields } = answer.refused;
    waiting?.reject(new Problem({ ...fields, detail, reaction: 'drop' }));
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.values()) reject(judgeGone(reason));
    this.#waiting.clear();
  }
}

function judgeGone(reason: string): Problem {
  return new Problem({
    code: 'assist-judge-gone',
    detail: `the process that judges what was read is gone: ${reason}`,
    advice: 'Begin another recording, with fewer registers where memory is scarce.',
    reaction: 'drop',
  });
}
