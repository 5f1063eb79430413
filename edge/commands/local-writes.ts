import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { Reading } from '@gongfu/shared/sdk/driver';
import type { CommandReceipt, CommandValue } from '@gongfu/shared/wire/command';
import type { AllowedTag, AllowList } from './allow-list.ts';
import type { Commands } from './commands.ts';
import type { DriverOf } from './execution.ts';
import { conditionText, guardRefusal, type Refusal, requestedValue } from './guard.ts';
import type { CommandEntry } from './journal-entry.ts';

export interface LocalWritesOptions {
  /** Whether the configuration has `commands.local`. */
  readonly allowed: boolean;
  /** Undefined while the agent starts or stops. */
  readonly commands: () => Pick<Commands, 'allowList' | 'ended' | 'localRefusal' | 'receiveLocal'> | undefined;
  readonly driverOf: DriverOf;
  /** UCUM code; '' where a tag has none. */
  readonly unitOf: (tag: number) => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a person sees before they write. */
export interface WriteLook {
  readonly allowed: AllowedTag;
  readonly unit: string;
  /** Read from the source just now. */
  readonly now: Reading;
  readonly interlocks: readonly {
    readonly name: string;
    /** As `above 2 and below 6`. */
    readonly must: string;
    readonly now: Reading;
    readonly holds: boolean;
  }[];
  /** Of the value that was given; undefined where none was. */
  readonly value: CommandValue | undefined;
  /** Why it would not be written as things are; judged anew when it is. */
  readonly refusal: Refusal | undefined;
}

export interface LocalWrite {
  readonly tag: number;
  readonly value: CommandValue;
  /** Chosen by who asks: the same one again is the same write. */
  readonly key: string;
  /** UTC epoch ms; at most an hour ahead. */
  readonly expiresAt: number;
  /** Who asks, as they say, and from where. */
  readonly by: string;
  readonly reason: string;
}

/** Longer than a source takes to answer, shorter than a browser waits. */
const patienceMs = 20_000;
const idPrefix = 'local:';
export const expiryMaxMs = 3_600_000;
const statusOfReceipt: Readonly<Record<string, number>> = { 'id-reused': 409 };

/** Writes that are asked for on the gateway itself. They take the way of the commands of the cloud, and nothing beside it. */
export class LocalWrites {
  readonly #options: LocalWritesOptions;

  constructor(options: LocalWritesOptions) {
    this.#options = options;
  }

  get isAllowed(): boolean {
    return this.#options.allowed;
  }

  /** Why nothing is written from here, whatever it is; undefined: nothing stands against it. */
  get refusal(): Refusal | undefined {
    return this.#options.commands()?.localRefusal;
  }

  /** Every tag that may be written, in the order of the configuration. */
  get tags(): readonly AllowedTag[] {
    return this.#options.commands()?.allowList.all() ?? [];
  }

  /** Whether the tag may be written from here. */
  offers(tag: number): boolean {
    return this.#options.allowed && this.#options.commands()?.allowList.get(tag) !== undefined;
  }

  /**
   * The number of a tag a person names, as `source/tag` or by the name of the tag where only one has it, and its value as its
   * kind has it. @throws Problem `local-writing-off`, `write-tag-unknown`, `stopping`
   */
  resolve(text: string, given: CommandValue): { readonly tag: number; readonly value: CommandValue } {
    const found = this.#list().named(text);
    if (found.length !== 1) throw tagUnknown(text, found);
    const [{ number, kind }] = found as [(typeof found)[number]];
    return { tag: number, value: valueOfKind(kind, given) };
  }

  /** Reads tag and interlocks from the source. @throws Problem `local-writing-off`, `not-writable`, `stopping` */
  async look(tag: number, given?: CommandValue): Promise<WriteLook> {
    const { unitOf } = this.#options;
    const allowed = this.#list().get(tag);
    if (allowed === undefined) throw notWritable(this.#list(), tag);
    const value = given === undefined ? undefined : valueOfKind(allowed.tag.kind, given);
    const [now, ...readings] = await Promise.all([
      this.#read(allowed.source, tag),
      ...allowed.guards.map(({ source, guard }) => this.#read(source, guard.number)),
    ]);
    const refusals = allowed.guards.map((guard, place) => guardRefusal(guard, readings[place]!));
    const interlocks = allowed.guards.map((guard, place) => ({
      name: `${guard.source}/${guard.guard.name}`,
      must: conditionText(guard),
      now: readings[place]!,
      holds: refusals[place] === undefined,
    }));
    const taken = value === undefined ? undefined : requestedValue(allowed, value);
    const unfit = typeof taken === 'object' ? taken : undefined;
    const refusal = this.refusal ?? unfit ?? refusals.find((one) => one !== undefined);
    return { allowed, unit: unitOf(tag), now, interlocks, value, refusal };
  }

  /**
   * Resolves when it has ended, or with what is known after twenty seconds; it goes on then.
   * @throws Problem `local-writing-off`, `write-expiry-far`, and a code of what is not received (`id-reused`, `journal-full` …)
   */
  async write({ tag, value, key, expiresAt, by, reason }: LocalWrite): Promise<CommandEntry> {
    const { clock } = this.#options;
    this.#list();
    const now = clock.now();
    const expiresInMs = expiresAt - now;
    if (expiresInMs > expiryMaxMs) throw expiryFar();
    const id = idOf(key);
    const people = { requestedBy: by, approvedBy: null };
    const commands = this.#commands();
    const command = { id, number: tag, value, requestedAt: now, expiresAt, expiresInMs, ...people, reason };
    const receipt = await commands.receiveLocal(command);
    if (!receipt.received) throw notTaken(receipt);
    return (await commands.ended(id, patienceMs))!;
  }

  #commands(): NonNullable<ReturnType<LocalWritesOptions['commands']>> {
    const commands = this.#options.commands();
    if (commands === undefined)
      throw notTaken({ received: false, code: 'stopping', detail: 'the agent does not run yet' });
    return commands;
  }

  #list(): AllowList {
    if (!this.#options.allowed) {
      this.#options.log.warn({}, 'a write was asked for on the gateway itself, where it is switched off');
      throw switchedOff();
    }
    return this.#commands().allowList;
  }

  async #read(source: string, tag: number): Promise<Reading> {
    const reading = await this.#options.driverOf(source)?.readOne?.(tag);
    return reading ?? { status: StatusCode.BadNoCommunication, value: null };
  }
}

export function idOf(key: string): string {
  return `${idPrefix}${key}`;
}

export function keyOf(id: string): string {
  return id.slice(idPrefix.length);
}

/** Of a text what it says in the tag's kind; what says nothing there stays as it is, and is refused as unfit. */
function valueOfKind(kind: ColumnKind, given: CommandValue): CommandValue {
  if (typeof given !== 'string') return given;
  if (kind === 'boolean') return given === 'true' ? true : given === 'false' ? false : given;
  const isNumber = kind === 'number' && /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(given);
  return isNumber && Number.isFinite(Number(given)) ? Number(given) : given;
}

function tagUnknown(text: string, found: readonly { readonly name: string }[]): Problem {
  const shown = text.slice(0, 200);
  return new Problem({
    code: 'write-tag-unknown',
    detail: found.length === 0 ? `no source has a tag "${shown}"` : `"${shown}" may be any of ${found.length} tags`,
    advice: 'Name it as SOURCE/TAG; gongfu-edge check lists all of them.',
    reaction: 'drop',
    status: 404,
    places: found.slice(0, 20).map(({ name }) => ({ where: name, what: 'has that name' })),
  });
}

function notWritable(list: AllowList, number: number): Problem {
  const { source, tag } = list.nameOf(number);
  return new Problem({
    code: 'not-writable',
    detail: `${tag === '' ? `tag ${number}` : `${source}/${tag}`} is not among those to be written`,
    advice: 'Give it write with its bounds in the configuration, then reload.',
    reaction: 'drop',
    status: 409,
  });
}

function switchedOff(): Problem {
  return new Problem({
    code: 'local-writing-off',
    detail: 'writing from the gateway itself is switched off',
    advice: 'Set commands: { enabled: true, local: true } in its configuration and restart the agent.',
    reaction: 'drop',
    status: 403,
  });
}

function expiryFar(): Problem {
  return new Problem({
    code: 'write-expiry-far',
    detail: 'it would expire more than an hour from now, by the clock of the gateway',
    advice: 'Give it an hour at most.',
    reaction: 'drop',
    status: 400,
  });
}

function notTaken({ code, detail }: Extract<CommandReceipt, { received: false }>): Problem {
  return new Problem({
    code,
    detail,
    advice: code === 'id-reused' ? 'Choose another key for another write.' : 'Nothing was written; try again.',
    reaction: 'retry',
    status: statusOfReceipt[code] ?? 503,
  });
}
