import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { conditionsVersion } from '@gongfu/shared/wire/condition';
import { type Heartbeat, type Hello, type HelloAnswer, protocolVersion } from '@gongfu/shared/wire/handshake';
import type { BufferedBatch, TelemetryBuffer } from '../buffer/buffer.ts';
import type { CommandDesk } from '../commands/command-desk.ts';
import type { ConfigurationDesk } from '../configuration/configuration-desk.ts';
import { AcknowledgementLatency, type LatencyQuantiles } from './acknowledgement-latency.ts';
import type { CloudTrust } from './cloud-trust.ts';
import { ConditionDelivery } from './condition-delivery.ts';
import { Delivery } from './delivery.ts';
import { enrol } from './enrolment.ts';
import { type Enrolled, type GatewayIdentity, hashOfCode, keepEnrolled, openIdentity } from './identity.ts';
import { Session, type SessionState } from './session.ts';
import { signToken } from './token.ts';

export interface UplinkOptions {
  readonly url: string;
  readonly trust: CloudTrust;
  /** One-time code; needed once. Another code than the one used before enrols anew. */
  readonly code: string | undefined;
  readonly gatewayName: string;
  readonly agentVersion: string;
  readonly configurationVersion: () => string;
  /** Where `identity.json` lies. */
  readonly folder: string;
  readonly buffer: TelemetryBuffer;
  /** Declarations of the tags configured at the start. */
  readonly tags: readonly TagDeclaration[];
  readonly heartbeat: () => Heartbeat;
  /** Absent where nothing is to be written: then no command is answered. */
  readonly commands?: CommandDesk;
  /** Whether people at the gateway may write too, unless the cloud wants a second person. */
  readonly localWrites?: boolean;
  /** Absent where the gateway takes no configuration from the cloud. */
  readonly configurations?: ConfigurationDesk | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly answerTimeoutMs?: number;
  readonly refusedRetryMs?: number;
}

export type UplinkState = SessionState | { readonly state: 'enrolling' | 'stopped'; readonly detail: string };

const heartbeatMs = 5000;

/** The way to the cloud. Whatever happens here, polling and buffering go on. */
export class Uplink implements Part {
  readonly #options: UplinkOptions;
  readonly #identityFile: string;
  readonly #latency: AcknowledgementLatency;
  /** Configured now or since the start: samples of a tag that was removed may still wait for their batch. */
  readonly #tags: Map<number, TagDeclaration>;
  #state: UplinkState = { state: 'stopped', detail: '' };
  #session: Session | undefined;
  #delivery: Delivery | undefined;
  /** Absent where the cloud takes no alarms. */
  #conditionDelivery: ConditionDelivery | undefined;
  #secondApprover: boolean | undefined;
  #backoff: Backoff;
  #cancels: (() => void)[] = [];
  /** Of the run from `start` to `stop`; undefined between them. */
  #run: AbortController | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#identityFile = join(options.folder, 'identity.json');
    this.#tags = new Map(options.tags.map((tag) => [tag.number, tag]));
    this.#latency = new AcknowledgementLatency({ clock: options.clock });
    this.#backoff = new Backoff({ firstMs: 1000, maxMs: 30_000, random: options.random });
  }

  /** Returns at once; enrolment and connection come when the cloud is there. @throws Problem `identity-unreadable`, `uplink-ca-unreadable` */
  async start(): Promise<void> {
    if (this.#run !== undefined) return;
    this.#options.trust.open();
    const identity = openIdentity(this.#identityFile);
    this.#run = new AbortController();
    this.#backoff.reset();
    this.#state = { state: 'enrolling', detail: '' };
    void this.#enrol(identity, this.#run.signal);
    this.#beat();
  }

  async stop(): Promise<void> {
    this.#run?.abort();
    this.#run = undefined;
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
    this.#session?.stop();
    this.#session = undefined;
    this.#state = { state: 'stopped', detail: '' };
  }

  get state(): UplinkState {
    const state = this.#session?.state ?? this.#state;
    const { waiting } = this.#options.buffer.conditions;
    if (state.state !== 'connected' || waiting === 0 || this.#conditionDelivery !== undefined) return state;
    return { ...state, detail: `the cloud is older and takes no alarms; ${waiting} wait here until it is updated` };
  }

  /** From sending a batch to the answer that it is durable; null when none was in the last minute. */
  get acknowledgementMs(): LatencyQuantiles | null {
    return this.#latency.quantiles();
  }

  /** Whether the cloud wants a second person to approve what is written, by its newest word; undefined: it has not said. */
  get secondApprover(): boolean | undefined {
    return this.#secondApprover;
  }

  /** A batch just appended to the buffer: goes out at once when there is a connection. */
  offer(batch: BufferedBatch): void {
    this.#delivery?.offer(batch);
  }

  /** Reports of conditions were just appended to the buffer. */
  offerConditions(): void {
    this.#conditionDelivery?.wake();
  }

  /** Tags are configured anew. Resolves when batches may name them. */
  async declare(tags: readonly TagDeclaration[]): Promise<void> {
    const changed = tags.filter((tag) => !isDeepStrictEqual(tag, this.#tags.get(tag.number)));
    for (const tag of changed) this.#tags.set(tag.number, tag);
    if (changed.length > 0) await this.#session?.declare(changed);
  }

  /** Now, not only at the next beat. */
  tellHealth(): void {
    try {
      this.#session?.heartbeat(this.#options.heartbeat());
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'the health of the agent could not be told');
    }
  }

  async #enrol(identity: GatewayIdentity, signal: AbortSignal): Promise<void> {
    const { url, trust, code, gatewayName, log } = this.#options;
    const { enrolled } = identity;
    if (code === undefined || enrolled?.codeHash === hashOfCode(code)) {
      if (enrolled === undefined) this.#fail(codeMissing(gatewayName));
      else this.#connect(identity, enrolled);
      return;
    }
    try {
      const tls = trust.tls({ enrolling: true });
      const answer = await enrol({ url, code, gatewayName, publicKey: identity.publicKey, tls, signal });
      if (signal.aborted) return;
      const fresh: Enrolled = { ...answer, codeHash: hashOfCode(code), cloudKeys: trust.toKeep([]) };
      const kept = keepEnrolled(this.#identityFile, identity, fresh);
      log.info({ gatewayId: fresh.gatewayId }, `enrolled as ${gatewayName}`);
      this.#connect(kept, fresh);
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(error);
      if (error instanceof Problem && error.reaction === 'stop') {
        // The old identity may still be good: a used code left in a file must not cut a working gateway off.
        if (enrolled !== undefined) this.#connect(identity, enrolled);
        return;
      }
      this.#later(this.#backoff.nextMs(), () => void this.#enrol(identity, signal));
    }
  }

  #connect(identity: GatewayIdentity, enrolled: Enrolled): void {
    const { url, trust, clock, random, log, buffer, answerTimeoutMs, refusedRetryMs } = this.#options;
    const { commands, configurations } = this.#options;
    trust.accept(enrolled.cloudKeys ?? []);
    this.#secondApprover = enrolled.secondApprover;
    let known = enrolled;
    const learn = (pins: readonly string[] | undefined): void => {
      known = this.#keepKeys(identity, known, pins);
    };
    const session = new Session({
      url,
      clock,
      random,
      log,
      token: () => signToken(identity, enrolled, clock, random),
      hello: () => this.#hello(),
      tls: trust.tls({ enrolling: false }),
      onCloudKeys: learn,
      onCommand: (payload) => commands?.receive(payload),
      onConfiguration: (payload) => configurations?.receive(payload),
      onOpen: (hello) => {
        learn(hello.cloudKeys);
        known = this.#keepApproval(identity, known, hello.secondApprover);
        this.#delivery = new Delivery({
          buffer,
          hello,
          clock,
          log,
          send: (header, bytes) => session.send(header, bytes),
          onAcknowledged: (sentMs) => this.#latency.add(sentMs),
          onBroken: (error) => session.drop(error),
        });
        this.#delivery.begin();
        this.#deliverConditions(session, hello);
        this.tellHealth();
        commands?.opened(session);
        configurations?.opened((result) => session.tellConfiguration(result));
      },
      onClosed: () => {
        commands?.closed();
        configurations?.closed();
        this.#delivery?.end();
        this.#delivery = undefined;
        this.#conditionDelivery?.end();
        this.#conditionDelivery = undefined;
      },
      ...(answerTimeoutMs === undefined ? {} : { answerTimeoutMs }),
      ...(refusedRetryMs === undefined ? {} : { refusedRetryMs }),
    });
    this.#session = session;
    session.start();
  }

  #deliverConditions(session: Session, { conditions: version = 0 }: HelloAnswer): void {
    const { buffer, clock, log } = this.#options;
    if (version < conditionsVersion) {
      const { waiting } = buffer.conditions;
      if (waiting > 0)
        log.warn({ waiting }, 'the cloud is older and takes no alarms; they are kept until it is updated');
      return;
    }
    this.#conditionDelivery = new ConditionDelivery({
      conditions: buffer.conditions,
      epoch: buffer.state().epoch,
      send: (message) => session.tellConditions(message),
      name: async (gap) => this.offer(await buffer.append([], [gap])),
      onBroken: (error) => session.drop(error),
      clock,
      log,
    });
    this.#conditionDelivery.wake();
  }

  /** The cloud was found good: its keys are durable before they count. */
  #keepKeys(identity: GatewayIdentity, enrolled: Enrolled, announced: readonly string[] | undefined): Enrolled {
    const { trust, log } = this.#options;
    const cloudKeys = trust.toKeep(announced);
    if (cloudKeys.length === 0 || cloudKeys.join() === (enrolled.cloudKeys ?? []).join()) return enrolled;
    const changed = { ...enrolled, cloudKeys };
    try {
      keepEnrolled(this.#identityFile, identity, changed);
    } catch (error) {
      log.warn({ error: messageOf(error) }, "the cloud's keys could not be kept; the ones from before still count");
      return enrolled;
    }
    trust.accept(cloudKeys);
    log.info({ cloudKeys }, "the cloud's keys were learnt");
    return changed;
  }

  /** It counts at once, and without a connection too. */
  #keepApproval(identity: GatewayIdentity, enrolled: Enrolled, secondApprover: boolean | undefined): Enrolled {
    this.#secondApprover = secondApprover;
    if (enrolled.secondApprover === secondApprover) return enrolled;
    const { secondApprover: _, ...others } = enrolled;
    const changed = secondApprover === undefined ? others : { ...others, secondApprover };
    try {
      keepEnrolled(this.#identityFile, identity, changed);
      return changed;
    } catch (error) {
      const { log } = this.#options;
      log.warn({ error: messageOf(error) }, 'what the cloud says of a second approver could not be kept');
      return enrolled;
    }
  }

  #hello(): Hello {
    const { buffer, agentVersion, configurationVersion, commands } = this.#options;
    const { epoch } = buffer.state();
    // Tags of an earlier configuration too, as long as batches that may name them are on disk.
    const tags = buffer.state().batches === 0 ? this.#tags.values() : buffer.declarations();
    const writable = commands?.writable();
    return {
      protocol: protocolVersion,
      epoch,
      agentVersion,
      configurationVersion: configurationVersion(),
      tags: [...tags],
      ...(writable === undefined ? {} : { writable }),
      ...(this.#options.configurations === undefined ? {} : { remoteConfiguration: true }),
      ...(this.#options.localWrites === true ? { localWrites: true } : {}),
    };
  }

  #fail(error: unknown): void {
    const problem = error instanceof Problem ? error : undefined;
    const message = messageOf(error);
    const detail = problem === undefined ? message : `${message} [${problem.code}]. ${problem.advice}`;
    const isNew = detail !== this.#state.detail;
    const stops = problem?.reaction === 'stop';
    this.#state = { state: stops ? 'refused' : 'enrolling', detail };
    if (isNew) this.#options.log[stops ? 'error' : 'warn']({ code: problem?.code, advice: problem?.advice }, message);
  }

  #beat(): void {
    this.#later(heartbeatMs, () => {
      this.tellHealth();
      this.#beat();
    });
  }

  #later(delayMs: number, task: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancels = this.#cancels.filter((other) => other !== cancel);
      task();
    });
    this.#cancels.push(cancel);
  }
}

function codeMissing(gatewayName: string): Problem {
  return new Problem({
    code: 'code-missing',
    detail: `gateway ${gatewayName} is not enrolled and has no one-time code`,
    advice: 'Make a code in the cloud (POST /api/v1/gateways) and start with --code CODE; samples are kept meanwhile.',
    reaction: 'stop',
  });
}
