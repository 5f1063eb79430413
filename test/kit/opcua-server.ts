import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export type OpcuaTypeName =
  | 'Boolean'
  | 'SByte'
  | 'Byte'
  | 'Int16'
  | 'UInt16'
  | 'Int32'
  | 'UInt32'
  | 'Int64'
  | 'UInt64'
  | 'Float'
  | 'Double'
  | 'String'
  | 'DateTime'
  | 'Guid'
  | 'ByteString'
  | 'LocalizedText'
  | 'NodeId'
  | 'Null';

export interface OpcuaVariable {
  readonly namespaceUri: string;
  /** `s=Line1.Temp`, `i=5`. */
  readonly identifier: string;
  readonly type: OpcuaTypeName;
  /** 64-bit integers, dates and what JSON cannot write (NaN, Infinity) as text. */
  readonly value: unknown;
  readonly array?: boolean;
  readonly sourceTime?: number;
}

/** An instance of a type of a model, with values of what lies in it. */
export interface OpcuaObject {
  readonly name: string;
  readonly typeUri: string;
  readonly type: string;
  /** A type of the vendor's own between the type and its instance. */
  readonly subtype?: string;
  /** States that type of the vendor has beside those of the model. */
  readonly states?: readonly string[];
  /** Names from Objects on, joined by slashes; Objects itself when not given. */
  readonly parent?: string;
  readonly optionals?: readonly string[];
  /** By names from the object on, joined by slashes. A type with a space is a structure: URI and name of its type. */
  readonly values?: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
}

/** A method of an object `s=Methods` in its namespace, which returns the Int32 7. */
export interface OpcuaMethod {
  readonly namespaceUri: string;
  readonly identifier: string;
  readonly inputs: readonly { readonly name: string; readonly type: OpcuaTypeName }[];
  /** Identifier of the variable that has the first input from then on, or true where there is none. */
  readonly sets?: string;
  /** What it answers instead of doing anything. */
  readonly status?: string;
}

export interface OpcuaServerOptions {
  readonly methods?: readonly OpcuaMethod[];
  /** Models it has beside OPC UA itself, as node-opcua calls them: packML, machinery, each after those it needs. */
  readonly nodesets?: readonly string[];
  readonly objects?: readonly OpcuaObject[];
  /** 0 for any. */
  readonly port: number;
  /** For keys and certificates; reused by a restarted server. */
  readonly folder: string;
  /** URIs in the order they get their index, from 2 on. */
  readonly namespaces: readonly string[];
  readonly variables: readonly OpcuaVariable[];
  /** Of every service; a greater call is refused with BadTooManyOperations. */
  readonly itemsPerCallMax?: number;
  /** Says that it has no limits, and refuses nevertheless. */
  readonly hidesLimits?: boolean;
  /** Beyond it an item is refused with BadTooManyMonitoredItems. */
  readonly itemsPerSubscriptionMax?: number;
  /** The same over all subscriptions. */
  readonly itemsMax?: number;
  readonly user?: string;
  readonly password?: string;
  /** False: certificates of clients must be trusted by hand. */
  readonly trusting?: boolean;
}

/** The state of an alarm of a machine; what was not there before is made. */
export interface OpcuaAlarm {
  readonly namespaceUri: string;
  /** `s=Press.Overheat`; `Press` is the source, known by `ns=…;s=Press`. */
  readonly identifier: string;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly retain: boolean;
  readonly severity: number;
  readonly message: string;
}

export type OpcuaServerCommand =
  | {
      readonly id: number;
      readonly kind: 'set';
      readonly namespaceUri: string;
      readonly identifier: string;
      readonly value: unknown;
      readonly status?: string;
      readonly sourceTime?: number;
    }
  | { readonly id: number; readonly kind: 'add'; readonly variable: OpcuaVariable }
  | ({ readonly id: number; readonly kind: 'alarm' } & OpcuaAlarm)
  | { readonly id: number; readonly kind: 'renew' | 'refusals' };

/** A node-opcua server as a process of its own: it can be killed and frozen as a real one. */
export class OpcuaServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  #nextId = 1;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(options: OpcuaServerOptions): Promise<OpcuaServerProcess> {
    const child = fork(new URL('./opcua-server-process.js', import.meta.url), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the OPC UA server of the test ended with ${code}`);
    });
    ended.catch(() => undefined);
    child.send(options);
    const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
    return new OpcuaServerProcess(child, port);
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.port}`;
  }

  async set(
    namespaceUri: string,
    identifier: string,
    value: unknown,
    more: { status?: string; sourceTime?: number } = {},
  ): Promise<void> {
    await this.#ask({ kind: 'set', namespaceUri, identifier, value, ...more });
  }

  async add(variable: OpcuaVariable): Promise<void> {
    await this.#ask({ kind: 'add', variable });
  }

  async alarm(alarm: OpcuaAlarm): Promise<void> {
    await this.#ask({ kind: 'alarm', ...alarm });
  }

  /** A new key and certificate while it runs; open channels are cut, as the standard has it for an update of the certificate. */
  async renewCertificate(): Promise<void> {
    await this.#ask({ kind: 'renew' });
  }

  /** Calls it has refused as too big, since the start. */
  refusedCalls(): Promise<number> {
    return this.#ask({ kind: 'refusals' });
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Stops answering without closing anything. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  async #ask(command: object): Promise<number> {
    const id = this.#nextId++;
    const answered = new Promise<number>((resolve, reject) => {
      const listen = (answer: { id?: number; error?: string; count?: number }): void => {
        if (answer.id !== id) return;
        this.#child.off('message', listen);
        if (answer.error === undefined) resolve(answer.count ?? 0);
        else reject(new Error(answer.error));
      };
      this.#child.on('message', listen);
    });
    this.#child.send({ id, ...command });
    return answered;
  }
}
