import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Python } from '#test/kit/python';

export interface ForeignVariable {
  readonly uri: string;
  readonly id: string;
  readonly type: string;
  readonly value: unknown;
  readonly history?: boolean | 'curt';
  readonly unit?: string;
  readonly writable?: boolean;
}

export interface ForeignSetup {
  readonly port: number;
  readonly namespaces: readonly string[];
  readonly variables: readonly ForeignVariable[];
  readonly historyPage?: number;
  readonly security?: {
    readonly folder: string;
    readonly user?: string;
    readonly password?: string;
    readonly userCertificate?: string;
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return address.port;
}

/** asyncua as the server: it shares no line of code with our client. */
export class ForeignServer {
  readonly endpoint: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, port: number) {
    this.endpoint = `opc.tcp://127.0.0.1:${port}/`;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  static async start(python: Python, setup: ForeignSetup): Promise<ForeignServer> {
    const child = spawn(python.path, [python.scriptPath('serve-opcua.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
    const server = new ForeignServer(child, setup.port);
    await server.#ask(setup);
    return server;
  }

  /** Writes one value now. */
  async tell(command: { uri: string; id: string; value: unknown; status?: number }): Promise<void> {
    await this.#ask(command);
  }

  /** One event of an alarm: its state from now on. */
  async alarm(alarm: {
    uri: string;
    id: string;
    active: boolean;
    acknowledged: boolean;
    retain: boolean;
    severity: number;
    message: string;
  }): Promise<void> {
    await this.#ask({ alarm });
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    this.#lines.close();
  }

  async #ask(question: object): Promise<void> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    const { done } = await this.#answers.next();
    if (done) throw new Error('the asyncua server ended');
  }
}
