import { messageOf } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { DriverContext, Reading } from '@gongfu/shared/sdk/driver';
import { OneReading } from '@gongfu/shared/sdk/one-reading';
import { AttributeIds, type ClientSession, type DataValue, readOperationLimits } from 'node-opcua-client';
import { CallSize } from './call-size.ts';
import { readNamespaceArray } from './client.ts';
import { writeDataValue } from './decode.ts';
import type { Ending } from './ending.ts';
import type { Namespaces } from './namespaces.ts';
import { parseNodeAddress } from './node-address.ts';
import type { SubscribedTag } from './plan.ts';

const nodesPerRead = 500;

/** A session the server is known to be the same on, and the end after which it is of no more use. */
export interface PolledConnection {
  readonly session: ClientSession | undefined;
  readonly ending: Ending;
}

/** Reads tags, as of a server that cannot subscribe. A value stands at the time it was read. */
export class Poller {
  readonly #context: DriverContext;
  readonly #namespaces: Namespaces;
  readonly #misfits = new Map<number, string>();
  /** What the server of a session says of itself, asked once. */
  #places: { readonly session: ClientSession; readonly array: readonly string[]; readonly reads: CallSize } | undefined;

  constructor(options: { context: DriverContext; namespaces: Namespaces }) {
    this.#context = options.context;
    this.#namespaces = options.namespaces;
  }

  /** The first tag whose value does not fit its declared type, for the health text. */
  get misfit(): string | undefined {
    return this.#misfits.values().next().value;
  }

  /** What the server holds of the tags now. Never rejects. */
  async readNow(tags: readonly SubscribedTag[], connection: PolledConnection | undefined): Promise<Reading[]> {
    const answer = await this.#ask(tags, connection).catch((error: unknown) => statusOf(error));
    return tags.map((tag, position) => {
      const value = typeof answer === 'number' ? answer : answer[position]!;
      if (typeof value === 'number') return { status: value, value: null };
      const one = new OneReading();
      writeDataValue(one, tag, value, 0);
      return one.reading;
    });
  }

  /** The node as the server of the session calls it today; undefined when it does not have the namespace. */
  async nodeIdOf(address: string, session: ClientSession): Promise<string | undefined> {
    const { array } = await this.#placesOf(session);
    return this.#namespaces.resolve(parseNodeAddress(address), array);
  }

  /** Writes one sample for each of the tags, bad ones where there is no connection. Never rejects. */
  async poll(tags: readonly SubscribedTag[], connection: PolledConnection | undefined): Promise<void> {
    const { clock, writer, midpoint } = this.#context;
    const sentMs = clock.monotonicMs();
    const answer = await this.#ask(tags, connection).catch((error: unknown) => statusOf(error));
    const time = midpoint(sentMs, clock.monotonicMs());
    for (const [position, tag] of tags.entries()) {
      const value = typeof answer === 'number' ? answer : answer[position]!;
      if (typeof value === 'number') writer.bad(tag.number, time, value);
      else this.#note(tag.number, writeDataValue(writer, tag, value, time));
    }
  }

  #note(tag: number, misfit: string | undefined): void {
    if (misfit === undefined) this.#misfits.delete(tag);
    else this.#misfits.set(tag, misfit);
  }

  /** A value, or the status of a node that cannot be asked for, for each tag in its order. */
  async #ask(
    tags: readonly SubscribedTag[],
    connection: PolledConnection | undefined,
  ): Promise<(DataValue | number)[] | number> {
    const session = connection?.session;
    if (connection === undefined || session === undefined) return StatusCode.BadNoCommunication;
    return connection.ending.before(this.#read(session, tags), () => StatusCode.BadNoCommunication);
  }

  async #read(session: ClientSession, tags: readonly SubscribedTag[]): Promise<(DataValue | number)[]> {
    const { array, reads } = await this.#placesOf(session);
    const answers = new Array<DataValue | number>(tags.length).fill(StatusCode.BadNodeIdUnknown);
    const known = tags.flatMap((tag, position) => {
      const nodeId = this.#namespaces.resolve(parseNodeAddress(tag.nodeId), array);
      return nodeId === undefined ? [] : [{ position, nodeId }];
    });
    const values = await reads.ask(known, (part) =>
      session.read(part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value }))),
    );
    for (const [index, { position }] of known.entries())
      answers[position] = values[index] ?? StatusCode.BadCommunicationError;
    return answers;
  }

  async #placesOf(session: ClientSession): Promise<{ array: readonly string[]; reads: CallSize }> {
    if (this.#places?.session === session) return this.#places;
    const limits = await readOperationLimits(session).catch(() => undefined);
    const array = await readNamespaceArray(session);
    const reads = new CallSize({ told: limits?.maxNodesPerRead, most: nodesPerRead });
    this.#places = { session, array, reads };
    return this.#places;
  }
}

function statusOf(error: unknown): number {
  return /timeout|timed out/i.test(messageOf(error)) ? StatusCode.BadTimeout : StatusCode.BadCommunicationError;
}
