import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { BatchAnswer, Refusal } from '@gongfu/shared/wire/acknowledgement';
import { batchVersion } from '@gongfu/shared/wire/codec';
import {
  type CommandReceipt,
  commandResultSchema,
  type WritableTag,
  writableSchema,
} from '@gongfu/shared/wire/command';
import {
  type ConditionsReceipt,
  conditionReportSchema,
  conditionsSchema,
  conditionsVersion,
} from '@gongfu/shared/wire/condition';
import { type ConfigurationReceipt, configurationResultSchema } from '@gongfu/shared/wire/configuration';
import {
  batchHeaderSchema,
  type Hello,
  type HelloAnswer,
  heartbeatSchema,
  helloSchema,
  protocolVersion,
  tagsSchema,
} from '@gongfu/shared/wire/handshake';
import type { Socket } from 'socket.io';
import type { z } from 'zod';
import type { HistoryTag } from '../history/history-store.ts';
import type { GatewayRecord } from '../records/records.ts';
import type { BatchReceiver } from './batch-receiver.ts';
import type { CommandLedger, CommandLine } from './command-line.ts';
import type { ConditionReceiver } from './condition-receiver.ts';
import type { ConfigurationLedger, ConfigurationLine } from './configuration-line.ts';
import type { EdgeEventName } from './edge-events.ts';
import { failureOf } from './edge-failure.ts';

import type { Presence } from './presence.ts';
import type { TagCatalogue, TagMap } from './tag-catalogue.ts';

/** A gateway that has not answered to a command or a configuration by then is asked again. */
const receiptWithinMs = 10_000;
/** A gateway sends the next message of alarms when the one before is answered; of one that does not, no more wait here. */
const conditionsOpenMax = 4;

type Acknowledge = (answer: unknown) => void;

/** One gateway's connection from `hello` to its end. Nothing before `hello` is listened to but answered with what is missing. */
export class EdgeConnection {
  readonly #socket: Socket;
  readonly #gateway: GatewayRecord;
  readonly #ingest: BatchReceiver;
  readonly #tagCatalogue: TagCatalogue;
  readonly #presence: Presence;
  readonly #log: Logger;
  readonly #admit: (hello: Hello) => Promise<Refusal | undefined>;
  readonly #batchesInFlightMax: number;
  readonly #keys: () => readonly string[];
  readonly #commands: CommandLedger | undefined;
  readonly #offer: (tags: TagMap, writable: readonly WritableTag[]) => Promise<void>;
  readonly #approval: () => Promise<boolean | undefined>;
  readonly #configurations: ConfigurationLedger | undefined;
  readonly #conditions: ConditionReceiver | undefined;
  #line: CommandLine | undefined;
  #configurationLine: ConfigurationLine | undefined;
  #takesConfiguration = false;
  /** As the last hello was answered; undefined: nothing was said of it. */
  #secondApprover: boolean | undefined;
  #tags: Map<number, HistoryTag> | undefined;
  #epoch = 0;
  #inFlight = 0;
  #conditionsOpen = 0;

  constructor(options: {
    socket: Socket;
    gateway: GatewayRecord;
    ingest: BatchReceiver;
    tagCatalogue: TagCatalogue;
    presence: Presence;
    log: Logger;
    admit: (hello: Hello) => Promise<Refusal | undefined>;
    batchesInFlightMax?: number;
    keys?: () => readonly string[];
    commands?: CommandLedger | undefined;
    configurations?: ConfigurationLedger | undefined;
    conditions?: ConditionReceiver | undefined;
    /** Keeps which tags the gateway offers to write. */
    offer: (tags: TagMap, writable: readonly WritableTag[]) => Promise<void>;
    /** Whether a second person must approve what people at the gateway write; undefined: nobody says. */
    approval: () => Promise<boolean | undefined>;
  }) {
    this.#socket = options.socket;
    this.#gateway = options.gateway;
    this.#ingest = options.ingest;
    this.#tagCatalogue = options.tagCatalogue;
    this.#presence = options.presence;
    this.#log = options.log.child({ gatewayId: options.gateway._id });
    this.#admit = options.admit;
    this.#batchesInFlightMax = options.batchesInFlightMax ?? 8;
    this.#keys = options.keys ?? (() => []);
    this.#commands = options.commands;
    this.#configurations = options.configurations;
    this.#conditions = options.conditions;
    this.#offer = options.offer;
    this.#approval = options.approval;
  }

  get epoch(): number {
    return this.#epoch;
  }

  listen(): void {
    this.#on(
      'hello',
      (payload) => {
        this.closed();
        this.#tags = undefined;
        return this.#hello(payload);
      },
      () => this.#openLine(),
    );
    this.#on(
      'tags',
      (payload) => this.#declare(payload),
      () => {
        if (this.#line !== undefined) this.#commands?.declared(this.#line);
      },
    );
    this.#on('batch', (header, bytes) => this.#batch(header, bytes));
    this.#on('heartbeat', async (payload) => {
      const heartbeat = read(heartbeatSchema, payload, 'heartbeat');
      this.#presence.heard(this.#gateway._id, heartbeat);
      const { configurationVersion } = heartbeat;
      if (configurationVersion !== undefined) await this.#presence.configured(this.#gateway, configurationVersion);
      await this.#keepApproval();
      return { accepted: true };
    });
    this.#on('writable', async (payload) => {
      await this.#offer(this.#opened(), read(writableSchema, payload, 'writable'));
      return { accepted: true };
    });
    this.#on('conditions', (payload) => this.#takeConditions(payload));
    this.#on('command-result', (payload) => this.#settle(payload));
    this.#on('configuration-result', (payload) => this.#settleConfiguration(payload));
  }

  /** The socket is gone. */
  closed(): void {
    if (this.#line !== undefined) this.#commands?.closed(this.#line);
    this.#line = undefined;
    if (this.#configurationLine !== undefined) this.#configurations?.closed(this.#configurationLine);
    this.#configurationLine = undefined;
  }

  cut(): void {
    this.#socket.disconnect(true);
  }

  /** Answers every event once, whatever its arguments are. */
  #on(
    event: EdgeEventName,
    answer: (...payload: unknown[]) => Promise<unknown>,
    answered: () => void = () => {},
  ): void {
    this.#socket.on(event, (...payload: unknown[]) => {
      const last = payload.at(-1);
      const acknowledge = typeof last === 'function' ? (payload.pop() as Acknowledge) : () => {};
      const said = answer(...payload).then(acknowledge, (error: unknown) => {
        const problem = error instanceof Problem ? error : undefined;
        if (problem === undefined) this.#log.error({ event, error: messageOf(error) }, 'gateway event failed');
        acknowledge(failureOf(event, problem));
      });
      void said.then(answered);
    });
  }

  async #hello(payload: unknown): Promise<HelloAnswer | Refusal> {
    const protocol = (payload as { protocol?: unknown } | null)?.protocol;
    if (protocol !== protocolVersion) {
      throw refused(
        'protocol-unknown',
        `the gateway speaks protocol ${String(protocol)}, this cloud ${protocolVersion}`,
      );
    }
    const hello = read(helloSchema, payload, 'hello');
    const { epoch } = hello;
    const map = await this.#tagCatalogue.declare(this.#gateway, hello.tags);
    this.#epoch = epoch;
    const refusal = await this.#admit(hello);
    if (refusal !== undefined) return refusal;
    const tags = new Map(map);
    await this.#offer(tags, hello.writable ?? []);
    const secondApprover = hello.localWrites === true ? await this.#approval() : undefined;
    this.#secondApprover = secondApprover;
    this.#tags = tags;
    this.#takesConfiguration = hello.remoteConfiguration === true;
    const stored = this.#ingest.stored(this.#gateway._id, epoch);
    const cloudKeys = this.#keys();
    return {
      accepted: true,
      stored,
      batchesInFlightMax: this.#batchesInFlightMax,
      batchVersion,
      ...(cloudKeys.length > 0 ? { cloudKeys } : {}),
      ...(this.#conditions === undefined ? {} : { conditions: conditionsVersion }),
      ...(secondApprover === undefined ? {} : { secondApprover }),
    };
  }

  /** Another answer than the gateway goes by, given here or by another process: its next hello learns it. */
  async #keepApproval(): Promise<void> {
    if (this.#secondApprover !== undefined && (await this.#approval()) !== this.#secondApprover) this.cut();
  }

  async #declare(payload: unknown): Promise<{ accepted: true }> {
    const tags = this.#opened();
    const declared = await this.#tagCatalogue.declare(this.#gateway, read(tagsSchema, payload, 'tags'));
    for (const [number, tag] of declared) tags.set(number, tag);
    return { accepted: true };
  }

  async #batch(head: unknown, bytes: unknown): Promise<BatchAnswer> {
    const tags = this.#opened();
    const header = read(batchHeaderSchema, head, 'batch');
    if (!(bytes instanceof Uint8Array)) throw refused('payload-invalid', 'batch carries no bytes');
    if (header.epoch !== this.#epoch) {
      throw refused('payload-invalid', `batch is of epoch ${header.epoch}, hello said ${this.#epoch}`);
    }
    // A gateway that ignores its window is slowed down, never served from growing memory.
    if (this.#inFlight >= this.#batchesInFlightMax * 2) {
      const detail = `more than ${this.#batchesInFlightMax} batches are on the way`;
      return { outcome: 'retry', retryAfterMs: 200, code: 'window-exceeded', detail };
    }
    this.#inFlight += 1;
    try {
      const gateway = { gatewayId: this.#gateway._id, tenantId: this.#gateway.tenantId };
      const answer = await this.#ingest.receive(gateway, tags, header, bytes);
      this.#presence.heard(this.#gateway._id, null);
      return answer;
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** After an accepted hello; a second one may declare other tags. */
  #openLine(): void {
    const tags = this.#tags;
    if (tags === undefined || !this.#socket.connected) return;
    this.#line = {
      gateway: this.#gateway,
      epoch: this.#epoch,
      numberOf: (wanted) => {
        for (const [number, tag] of tags) if (tag.number === wanted) return number;
        return undefined;
      },
      send: (command) => this.#socket.timeout(receiptWithinMs).emitWithAck('command', command),
    };
    this.#commands?.opened(this.#line);
    this.#configurationLine = {
      gateway: this.#gateway,
      takes: this.#takesConfiguration,
      offer: (offer) => this.#socket.timeout(receiptWithinMs).emitWithAck('configuration', offer),
    };
    this.#configurations?.opened(this.#configurationLine);
  }

  async #settleConfiguration(payload: unknown): Promise<ConfigurationReceipt> {
    this.#opened();
    const result = read(configurationResultSchema, payload, 'configuration-result');
    if (this.#configurations === undefined) throw refused('payload-invalid', 'none was ever offered from here');
    await this.#configurations.settle(this.#gateway, result);
    return { received: true };
  }

  async #takeConditions(payload: unknown): Promise<ConditionsReceipt> {
    this.#opened();
    const { epoch, reports } = read(conditionsSchema, payload, 'conditions');
    if (this.#conditions === undefined) throw refused('payload-invalid', 'alarms are not taken here');
    if (epoch !== this.#epoch) {
      throw refused('payload-invalid', `alarms are of epoch ${epoch}, hello said ${this.#epoch}`);
    }
    if (this.#conditionsOpen >= conditionsOpenMax) {
      return { received: false, code: 'window-exceeded', detail: 'messages before this one wait to be answered' };
    }
    const looked = reports.map(({ number, report }) => {
      const { data, error } = conditionReportSchema.safeParse(report);
      return { number, report: data, detail: error === undefined ? '' : placesOf(error, 'report') };
    });
    this.#conditionsOpen += 1;
    try {
      return await this.#conditions.take(this.#gateway, epoch, looked);
    } finally {
      this.#conditionsOpen -= 1;
    }
  }

  async #settle(payload: unknown): Promise<CommandReceipt> {
    this.#opened();
    const result = read(commandResultSchema, payload, 'command-result');
    if (this.#commands === undefined) throw refused('payload-invalid', 'no command was ever sent from here');
    await this.#commands.settle(this.#gateway, result);
    return { received: true };
  }

  #opened(): Map<number, HistoryTag> {
    if (this.#tags === undefined) throw refused('hello-missing', 'an event came before hello was accepted');
    return this.#tags;
  }
}

function read<T>(schema: z.ZodType<T>, payload: unknown, event: EdgeEventName): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw refused('payload-invalid', `${event} does not fit its schema: ${placesOf(parsed.error, event)}`);
}

function placesOf(error: z.ZodError, whole: string): string {
  const places = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || whole}: ${issue.message}`);
  return places.join('; ').slice(0, 500);
}

function refused(code: string, detail: string): Problem {
  return new Problem({
    code,
    detail,
    advice: 'Update the gateway agent to the version of the cloud.',
    reaction: 'stop',
  });
}
