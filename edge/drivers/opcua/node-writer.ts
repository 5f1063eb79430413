import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import type { WriteAnswer, WriteRequest as WriteOrder } from '@gongfu/shared/sdk/driver';
import { prepareCall } from './method-call.ts';
import { isLineOpen, sendOnce } from './once-only.ts';
import type { SubscribedTag } from './plan.ts';
import type { PolledConnection, Poller } from './poller.ts';
import { prepareWrite } from './value-write.ts';

interface Order extends Pick<WriteOrder, 'value' | 'permit'> {
  readonly tag: SubscribedTag;
  readonly guards: readonly SubscribedTag[];
  readonly connection: PolledConnection | undefined;
}

/** Writes one value to one node, or calls one method with it, once. */
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
    const prepare = tag.call === undefined ? prepareWrite : prepareCall;
    const nodeIdOf = (address: string) => this.#poller.nodeIdOf(address, session);
    const prepared = await this.#before(connection, prepare({ tag, value, session, nodeIdOf }));
    if (typeof prepared === 'string') return unsent('source-down', prepared);
    if ('reason' in prepared) return unsent(prepared.reason, prepared.detail);
    const readings = await this.#before(connection, this.#poller.readNow(guards, connection));
    if (typeof readings === 'string') return unsent('source-down', readings);
    // Nothing is awaited from here to the first byte.
    if (connection.session !== session || !isLineOpen(session)) return unsent('source-down', 'the line is cut');
    const withheld = order.permit(readings);
    if (withheld !== undefined) return unsent('withheld', withheld);
    const answer = await this.#before(connection, sendOnce(session, prepared.request, this.#timeoutMs));
    if (typeof answer === 'string') return { outcome: 'unanswered', detail: answer };
    if ('refusal' in answer) return { outcome: answer.isOpen ? 'unanswered' : 'refused', detail: answer.refusal };
    return prepared.done(answer.response);
  }

  /** Its answer, or why none was waited for any longer. */
  async #before<T>(connection: PolledConnection, answer: Promise<T>): Promise<T | string> {
    const late = sleep(this.#clock, this.#timeoutMs).then(() => `no answer within ${this.#timeoutMs} ms`);
    const told = answer.catch((error: unknown) => messageOf(error));
    return connection.ending.before(Promise.race([told, late]), (reason) => reason);
  }
}

function unsent(reason: 'source-down' | 'value-unfit' | 'withheld', detail: string): WriteAnswer {
  return { outcome: 'unsent', reason, detail };
}
