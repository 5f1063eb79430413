import type { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import type { ConnectionFigures } from './connection-status.ts';
import { MinuteCount } from './minute-count.ts';

export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The broker had kept it: it may be older than this connection. */
  readonly isRetained: boolean;
  /** UTC epoch ms. */
  readonly arrivedAt: number;
}

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface ConnectionOptions {
  readonly url: string;
  /** Whatever the client needs to connect: name, password, certificates, protocol version. */
  readonly client: IClientOptions;
  readonly subscriptions: readonly string[];
  /** Resolves once what the message carries is durable: only then is it acknowledged. Rejects: it is not, in this connection. */
  readonly take: (message: BrokerMessage) => Promise<void>;
  /** Made anew for each connection. */
  readonly will?: () => Will;
  readonly onConnected?: () => Promise<void>;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly log: Logger;
}

/** Messages taken and not yet durable. With MQTT 5 the broker is told; any other is not read further until there is room. */
const inFlightMax = 500;
/** Bytes of such messages: what is read of them takes many times as much. One message is always let in. */
const inFlightBytesMax = 1024 ** 2;
/** Milliseconds messages are read one after another before everybody else has a turn: a broker may send without end. */
const turnMs = 5;
const goodbyeMs = 2_000;

/**
 * One connection to a broker that comes back by itself, each time as a new client under the same name. A message of QoS 1 is
 * acknowledged when it is durable and not before, in the order of arrival as the standard demands; many may be on their way.
 * One that was not acknowledged when the connection was lost is delivered again by the broker.
 */
export class BrokerConnection implements Part {
  readonly #options: ConnectionOptions;
  #client: MqttClient | undefined;
  #cancelRetry: (() => void) | undefined;
  #isStopped = true;
  #wasConnected = false;
  #lastFault = '';
  #inFlight = 0;
  #inFlightBytes = 0;
  #lost = 0;
  #isReady = false;
  /** The newest message that asks for an answer was not stored: connected anew, the broker would only bring it again. */
  #isRefusing = false;
  #since = 0;
  #messages = 0;
  #bytes = 0;
  readonly #minute = new MinuteCount();
  readonly #held: (() => void)[] = [];
  #idle: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connected is who has been granted what it asked for. */
  get figures(): ConnectionFigures {
    const isConnected = this.#isReady && (this.#client?.connected ?? false);
    const messagesLastMinute = this.#minute.total(this.#options.clock.monotonicMs());
    const [messages, bytes, since] = [this.#messages, this.#bytes, this.#since];
    return { isConnected, since, fault: this.#lastFault, messages, bytes, messagesLastMinute };
  }

  /** Messages taken that are not durable yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Messages of QoS 0 that came while there was no room for more. */
  get lost(): number {
    return this.#lost;
  }

  async start(): Promise<void> {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#since = this.#options.clock.now();
    this.#connect();
  }

  /** What is on its way is finished and acknowledged first, within reason. */
  async stop(goodbye?: () => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelRetry?.();
    const client = this.#client;
    if (client?.connected) {
      await this.#within(goodbyeMs, goodbye?.() ?? Promise.resolve());
      const idle = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      if (this.#inFlight > 0) await this.#within(goodbyeMs, idle);
    }
    this.#client = undefined;
    if (client !== undefined) await this.#within(goodbyeMs, client.endAsync());
  }

  /** QoS 1: resolves when the broker has it. @throws Error when it is not connected or is lost meanwhile */
  async publish(topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }): Promise<void> {
    const client = this.#client;
    if (!client?.connected) throw new Error('the broker is not connected');
    await client.publishAsync(topic, Buffer.from(payload), options);
    this.#count(payload);
  }

  #connect(): void {
    const { url, client: settings, will, clock } = this.#options;
    const last = will?.();
    const client = connect(url, {
      ...settings,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      resubscribe: false,
      // Nothing may wait in a client that is thrown away with its connection.
      queueQoSZero: false,
      timerVariant: 'native',
      properties: {
        ...settings.properties,
        ...(settings.protocolVersion === 5 ? { receiveMaximum: inFlightMax } : {}),
      },
      ...(last === undefined ? {} : { will: { ...last, payload: Buffer.from(last.payload), qos: 1 as const } }),
    });
    this.#client = client;
    this.#takeFrom(client);
    client.on('error', (error) => this.#note(messageOf(error)));
    client.on('disconnect', ({ reasonCode }) =>
      this.#note(`the broker ended the connection (reason ${reasonCode ?? 0})`),
    );
    client.on('connect', ({ sessionPresent }) => {
      this.#connected(client, sessionPresent).catch((error: unknown) => {
        this.#note(messageOf(error));
        client.end(true);
      });
    });
    client.once('close', () => {
      if (this.#client === client) this.#ended();
      client.end(true);
      if (this.#isStopped || this.#client !== client) return;
      this.#cancelRetry = clock.after(this.#options.backoff.nextMs(), () => this.#connect());
    });
  }

  async #connected(client: MqttClient, sessionPresent: boolean): Promise<void> {
    const { subscriptions, onConnected, backoff, log } = this.#options;
    // A session that was kept still has them; asking again would bring every retained message once more.
    if (subscriptions.length > 0 && !(sessionPresent && this.#wasConnected)) {
      const granted = await client.subscribeAsync([...subscriptions], { qos: 1 });
      for (const { topic, qos } of granted) {
        if (qos >= 128) log.error({ topic }, 'the broker does not let us subscribe');
      }
    }
    this.#wasConnected = true;
    this.#lastFault = '';
    this.#isReady = true;
    this.#since = this.#options.clock.now();
    log.info({ sessionPresent }, 'connected to the broker');
    await onConnected?.();
    // One we end ourselves at once is connected as often as we like: that is no reason to hurry.
    if (!this.#isRefusing) backoff.reset();
  }

  #ended(): void {
    if (this.#lastFault === '') this.#note('the connection was lost');
    if (this.#isReady) this.#since = this.#options.clock.now();
    this.#isReady = false;
  }

  #count(payload: Uint8Array): void {
    this.#messages += 1;
    this.#bytes += payload.length;
    this.#minute.add(this.#options.clock.monotonicMs());
  }

  /** The newest is shown, the first after a connection is logged. */
  #note(fault: string): void {
    if (this.#isStopped) return;
    const isFirst = this.#lastFault === '';
    this.#lastFault = fault;
    if (isFirst) this.#options.log.warn({ fault }, 'the broker is not connected; trying again');
  }

  #takeFrom(client: MqttClient): void {
    const protocolVersion = this.#options.client.protocolVersion ?? 4;
    let acknowledged = Promise.resolve();
    const signOfLife = this.#signOfLife(client);
    const inTurn = this.#inTurns();
    client.handleMessage = (packet, next) => {
      signOfLife();
      const { qos, messageId } = packet;
      if (qos === 0) {
        if (this.#hasRoom) void this.#take(packet).catch(() => {});
        else this.#lost += 1;
        inTurn(() => next());
        return;
      }
      const taken = this.#take(packet);
      // In the order of arrival: one that is never durable holds back all after it, and the broker sends them again.
      acknowledged = Promise.all([acknowledged, taken]).then(() => {
        if (this.#isRefusing) this.#options.backoff.reset();
        this.#isRefusing = false;
        if (client.connected && this.#client === client) {
          client.stream.write(generate({ cmd: 'puback', messageId: messageId!, reasonCode: 0 }, { protocolVersion }));
        }
      });
      acknowledged.catch((error: unknown) => {
        if (this.#isStopped || this.#client !== client) return;
        this.#options.log.error(
          { error: messageOf(error) },
          'a message was not stored; the broker is asked for it again',
        );
        this.#isRefusing = true;
        this.#note(messageOf(error));
        client.end(true);
      });
      // An error keeps the client from acknowledging by itself, and does nothing else.
      const goOn = () => next(new Error('acknowledged when durable'));
      if (this.#hasRoom) inTurn(goOn);
      else this.#hold(goOn, signOfLife);
    };
  }

  /** Calls at once what reads the next message, or after a pause when the turn is over. */
  #inTurns(): (goOn: () => void) => void {
    const { clock } = this.#options;
    let beganMs = clock.monotonicMs();
    return (goOn) => {
      if (clock.monotonicMs() - beganMs < turnMs) return goOn();
      clock.after(0, () => {
        beganMs = clock.monotonicMs();
        goOn();
      });
    };
  }

  /**
   * The answers to pings stand behind the messages that are not read yet, and the client counts no message as a sign of life:
   * it would take a broker it is slow to read for one that is gone. Called now and then while there is something to read.
   */
  #signOfLife(client: MqttClient): () => void {
    const { clock } = this.#options;
    let toldMs = clock.monotonicMs();
    return () => {
      const now = clock.monotonicMs();
      if (!client.connected || now - toldMs < this.#signEveryMs) return;
      toldMs = now;
      client.sendPing();
      client.reschedulePing(true);
    };
  }

  get #signEveryMs(): number {
    return (this.#options.client.keepalive ?? 60) * 500;
  }

  /** Nothing more is read until there is room. */
  #hold(goOn: () => void, signOfLife: () => void): void {
    const wait = () =>
      this.#options.clock.after(this.#signEveryMs, () => {
        if (this.#isStopped) return;
        signOfLife();
        cancel = wait();
      });
    let cancel = wait();
    this.#held.push(() => {
      cancel();
      goOn();
    });
  }

  get #hasRoom(): boolean {
    return this.#inFlight < inFlightMax && this.#inFlightBytes < inFlightBytesMax;
  }

  async #take({ topic, payload, retain }: IPublishPacket): Promise<void> {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#inFlight += 1;
    this.#inFlightBytes += bytes.length;
    try {
      this.#count(bytes);
      await this.#options.take({ topic, payload: bytes, isRetained: retain, arrivedAt: this.#options.clock.now() });
    } finally {
      this.#inFlight -= 1;
      this.#inFlightBytes -= bytes.length;
      while (this.#hasRoom && this.#held.length > 0) this.#held.shift()!();
      if (this.#inFlight === 0) this.#idle?.();
    }
  }

  async #within(limitMs: number, work: Promise<unknown>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(limitMs, resolve);
    });
    await Promise.race([work.catch(() => {}), late]);
    cancel();
  }
}
