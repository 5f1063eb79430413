import { encodeBatch } from '@gongfu/shared/wire/codec';
import type { Command, CommandReceipt, CommandResult, WritableTag } from '@gongfu/shared/wire/command';
import type { ConfigurationOffer, ConfigurationResult } from '@gongfu/shared/wire/configuration';
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import { ed25519Pair } from './ed25519-pair.ts';
import { until } from './until.ts';

interface DeclaredTag {
  readonly number: number;
  readonly source: string;
  readonly name: string;
  readonly type: string;
  readonly scaled: boolean;
}

/** A gateway on the wire of `/edge` that is sent commands and configurations and says of each what the test wants. */
export class CommandGateway {
  readonly #id: string;
  readonly #key = ed25519Pair();
  readonly #tags: readonly DeclaredTag[];
  readonly writable: readonly WritableTag[];
  /** In the order they came, on all connections. */
  readonly commands: Command[] = [];
  /** All are received; what becomes of each the test says. */
  readonly configurations: ConfigurationOffer[] = [];
  epoch = 1;
  /** Said in its next hello. */
  localWrites = false;
  /** What is answered to a command; undefined: nothing. */
  receipt: (command: Command) => CommandReceipt | undefined = () => ({ received: true });
  /** What the cloud said to its last hello. */
  helloAnswer: Record<string, unknown> = {};
  #socket: Socket | undefined;
  #sequence = 0;

  constructor(options: { id: string; tags: readonly DeclaredTag[]; writable: readonly WritableTag[] }) {
    this.#id = options.id;
    this.#tags = options.tags;
    this.writable = options.writable;
  }

  /** As the records keep it. */
  get publicKey(): { kty: string; crv: string; x: string } {
    return this.#key.publicKey.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };
  }

  get connected(): boolean {
    return this.#socket?.connected === true;
  }

  /** As `hello` and `tags` declare them. */
  get declarations(): (DeclaredTag & { readonly maxSilentMs: number })[] {
    return this.#tags.map((tag) => ({ ...tag, unit: '', description: '', maxSilentMs: 1_000 }));
  }

  /** `without`: the number of a tag it does not declare yet. */
  async connect(url: string, { without }: { readonly without?: number } = {}): Promise<void> {
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(this.#id)
      .setAudience('gongfu-cloud')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(this.#key.privateKey);
    const options = { transports: ['websocket'], auth: { token }, reconnection: false, forceNew: true };
    const socket = io(`${url}/edge`, options);
    this.#socket = socket;
    socket.on('command', (command: Command, acknowledge: (receipt: CommandReceipt) => void) => {
      this.commands.push(command);
      const receipt = this.receipt(command);
      if (receipt !== undefined) acknowledge(receipt);
    });
    socket.on('configuration', (offer: ConfigurationOffer, acknowledge: (receipt: CommandReceipt) => void) => {
      this.configurations.push(offer);
      acknowledge({ received: true });
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    const tags = this.declarations.filter(({ number }) => number !== without);
    const { epoch, writable } = this;
    const own = { epoch, tags, writable, remoteConfiguration: true, localWrites: this.localWrites };
    const answer = await socket.emitWithAck('hello', { protocol: 1, agentVersion: 'test', ...own });
    this.helloAnswer = answer;
    if (answer.accepted !== true) throw new Error(`hello was refused: ${JSON.stringify(answer)}`);
  }

  disconnect(): void {
    this.#socket?.disconnect();
  }

  /** Any event, with whatever is answered. */
  say(event: string, payload: unknown): Promise<unknown> {
    if (this.#socket === undefined) throw new Error('the gateway is not connected');
    return this.#socket.timeout(5_000).emitWithAck(event, payload);
  }

  tell(id: string, result: Partial<CommandResult> = {}): Promise<unknown> {
    const written = { id, outcome: 'written', code: 'written', detail: 'written', readBack: null, at: 1_000 } as const;
    return this.say('command-result', { ...written, ...result });
  }

  /** What became of the newest configuration it was offered. */
  settle(result: Partial<ConfigurationResult> = {}): Promise<unknown> {
    const { id } = this.configurations.at(-1)!;
    const applied = { id, outcome: 'applied', code: '', detail: '', places: [], at: 1_000 } as const;
    return this.say('configuration-result', { ...applied, ...result });
  }

  /** One good sample of a tag that holds numbers, by the gateway's number. */
  async deliver(tag: number, value: number, time = Date.now()): Promise<void> {
    const { epoch } = this;
    this.#sequence += 1;
    const sequence = this.#sequence;
    const row = { tags: Uint32Array.of(tag), sourceTimes: Float64Array.of(time), statuses: Uint32Array.of(0) };
    const block = { kind: 'number', count: 1, ...row, values: Float64Array.of(value) } as const;
    await this.#socket?.emitWithAck(
      'batch',
      { epoch, sequence },
      encodeBatch({ epoch, sequence, blocks: [block], gaps: [] }),
    );
  }

  /** The `count`-th command that came with the id. */
  async heard(id: string, count = 1): Promise<Command> {
    const ofId = () => this.commands.filter((command) => command.id === id);
    await until(() => ofId().length >= count);
    return ofId()[count - 1]!;
  }
}
