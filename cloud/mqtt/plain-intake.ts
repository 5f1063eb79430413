import { isUtf8 } from 'node:buffer';
import type { BrokerMessage } from './broker-connection.ts';
import { JsonPayload, type Taken, type TopicMapping } from './json-payload.ts';
import type { RowDelivery } from './row-delivery.ts';
import { answerThingsBoard, takeThingsBoard, thingsBoardQuestions, thingsBoardTopics } from './thingsboard.ts';
import type { Turn } from './turn.ts';

/** JSON and bare values, by the topic mappings of one broker; ThingsBoard's topics beside them. */
export class PlainIntake {
  readonly subscriptions: readonly string[];
  readonly #delivery: RowDelivery;
  readonly #payloads: readonly JsonPayload[];
  readonly #thingsBoardSource: string | undefined;
  readonly #answer: (topic: string, text: string) => Promise<void>;

  constructor(options: {
    delivery: RowDelivery;
    topics: readonly TopicMapping[];
    thingsBoard: { readonly source: string } | undefined;
    /** Tells the broker what somebody asked; one that cannot be told asks again. */
    answer: (topic: string, text: string) => Promise<void>;
  }) {
    this.#delivery = options.delivery;
    this.#payloads = options.topics.map((mapping) => new JsonPayload(mapping));
    this.#thingsBoardSource = options.thingsBoard?.source;
    this.#answer = options.answer;
    const filters = this.#payloads.map(({ pattern }) => pattern.filter);
    const ofThingsBoard = options.thingsBoard === undefined ? [] : [...thingsBoardTopics, thingsBoardQuestions];
    this.subscriptions = [...new Set([...filters, ...ofThingsBoard])];
  }

  /** Every mapping the topic fits takes it: one message may feed several. */
  async take({ topic, payload, arrivedAt }: BrokerMessage): Promise<void> {
    const text = textOf(payload);
    if (text === undefined) return this.#delivery.reject([{ where: topic, reason: 'not UTF-8' }]);
    const answer = this.#thingsBoardSource === undefined ? undefined : answerThingsBoard(topic, text);
    if (answer !== undefined) await this.#answer(answer.topic, answer.text);
    const turn = this.#delivery.turn();
    for (const payload of this.#payloads) {
      for (const piece of payload.piecesOf(text)) {
        const taken = payload.take(topic, piece.text, arrivedAt, piece.before);
        if (taken === undefined) break;
        await this.#deliver(taken, topic, turn);
      }
    }
    if (this.#thingsBoardSource !== undefined && thingsBoardTopics.some((known) => known === topic)) {
      await this.#deliver(takeThingsBoard(topic, text, { source: this.#thingsBoardSource, arrivedAt }), topic, turn);
    }
  }

  async #deliver({ readings, rejections }: Taken, topic: string, turn: Turn): Promise<void> {
    this.#delivery.reject(rejections);
    await this.#delivery.deliver(readings, topic, [], turn);
  }
}

function textOf(payload: Uint8Array): string | undefined {
  return isUtf8(payload) ? new TextDecoder().decode(payload) : undefined;
}
