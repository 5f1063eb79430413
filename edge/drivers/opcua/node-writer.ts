import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { isBad } from '@gongfu/shared/model/quality';
import type { WriteAnswer, WriteRequest as WriteOrder } from '@gongfu/shared/sdk/driver';
import {
  AttributeIds,
  type ClientSession,
  type DataValue,
  resolveNodeId,
  WriteRequest,
  type WriteResponse,
} from 'node-opcua-client';
import { encodeValue } from './encode.ts';
import type { SubscribedTag } from './plan.ts';
import type { PolledConnection, Poller } from './poller.ts';

interface Order extends Pick<WriteOrder, 'value' | 'permit'> {
  readonly tag: SubscribedTag;
  readonly guards: readonly SubscribedTag[];
  readonly connection: PolledConnection | undefined;
}

type Answered = (error: (Error & { response?: unknown }) | null, response?: unknown) => void;

/**
 * The way past the client's own repair: `session.write` keeps a request back while the line is cut, and sends it again on a
 * session made anew. A write must leave now or never.
 */
type OnceOnly = {
  isChannelValid(): boolean;
  _performMessageTransaction(request: WriteRequest, answered: Answered): void;
};

const nodeUnknown = 'the server does not have the node';

/** Writes one value to one node, once. */
export class NodeWriter {
  readonly #poller: Poller;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(options: { poller: Poller; clock: Clock; timeoutMs: number }) {
    this.#poller = options.poller;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  async write(order: Order): Promise<WriteAnswer> {
    const { tag, value, guards, connection } = order;
    const session = connection?.session;
    if (connection === undefined || session === undefined) return unsent('source-down', 'not connected');
    const prepared = await this.#before(connection, this.#prepare(tag, session));
    if (typeof prepared === 'string') return unsent('source-down', prepared);
    const encoded = encodeValue(tag, value, prepared.dataType);
    if (typeof encoded === 'string') return unsent('value-unfit', encoded);
    const readings = await this.#before(connection, this.#poller.readNow(guards, connection));
    if (typeof readings === 'string') return unsent('source-down', readings);
    // Nothing is awaited from here to the first byte.
    const line = session as unknown as OnceOnly;
    if (connection.session !== session || !line.isChannelValid()) return unsent('source-down', 'the line is cut');
    const withheld = order.permit(readings);
    if (withheld !== undefined) return unsent('withheld', withheld);
    const sent = this.#send(line, prepared.nodeId, encoded.value);
    const answer = await this.#before(connection, sent);
    if (typeof answer === 'string') return { outcome: 'unanswered', detail: answer };
    return answer.refusal === undefined
      ? { outcome: 'confirmed', held: encoded.held }
      : { outcome: answer.isOpen ? 'unanswered' : 'refused', detail: answer.refusal };
  }

  /** Its node id today and the type the server has for it; a sentence where it has none. */
  async #prepare(tag: SubscribedTag, session: ClientSession): Promise<{ nodeId: string; dataType: number } | string> {
    const nodeId = await this.#poller.nodeIdOf(tag, session);
    if (nodeId === undefined) return nodeUnknown;
    const { statusCode, value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
    if (value.arrayType !== 0) return `the server holds an array in ${tag.nodeId}`;
    if (!isBad(statusCode.value >>> 0) && value.dataType !== 0) return { nodeId, dataType: value.dataType };
    // Nothing is there yet that would show it.
    return { nodeId, dataType: await session.getBuiltInDataType(resolveNodeId(nodeId)) };
  }

  #send(line: OnceOnly, nodeId: string, value: DataValue): Promise<{ refusal?: string; isOpen?: boolean }> {
    const node = { nodeId: resolveNodeId(nodeId), attributeId: AttributeIds.Value, value };
    const request = new WriteRequest({ nodesToWrite: [node] });
    request.requestHeader.timeoutHint = this.#timeoutMs;
    return new Promise((resolve) => {
      line._performMessageTransaction(request, (error, response) => {
        if (error !== null) {
          // With an answer the server refused the whole call; a time-out of its own leaves open what it did.
          const open = error.response === undefined || /Timeout|Shutdown|Unknown/i.test(messageOf(error));
          resolve({ refusal: messageOf(error).trim(), isOpen: open });
          return;
        }
        const [result] = (response as WriteResponse).results ?? [];
        if (result === undefined) resolve({ refusal: 'the server answered without a result', isOpen: true });
        else if (isBad(result.value >>> 0)) resolve({ refusal: result.name, isOpen: result.name === 'BadTimeout' });
        else resolve({});
      });
    });
  }

  /** Its answer, or why none was waited for any longer. */
  async #before<T>(connection: PolledConnection, answer: Promise<T>): Promise<T | string> {
    const late = sleep(this.#clock, this.#timeoutMs).then(() => `no answer within ${this.#timeoutMs} ms`);
    return Promise.race([answer.catch((error: unknown) => messageOf(error)), connection.ended, late]);
  }
}

function unsent(reason: 'source-down' | 'value-unfit' | 'withheld', detail: string): WriteAnswer {
  return { outcome: 'unsent', reason, detail };
}
