import { messageOf } from '@gongfu/shared/base/problem';
import { isBad } from '@gongfu/shared/model/quality';
import type { Value } from '@gongfu/shared/model/value-type';
import type { WriteAnswer } from '@gongfu/shared/sdk/driver';
import type {
  CallRequest,
  CallResponse,
  ClientSession,
  StatusCode,
  WriteRequest,
  WriteResponse,
} from 'node-opcua-client';
import type { SubscribedTag } from './plan.ts';

/** What is to be written, before it is known how. */
export interface Wanted {
  readonly tag: SubscribedTag;
  readonly value: NonNullable<Value>;
  readonly session: ClientSession;
  /** A node as the server of the session calls it today; undefined when it does not have the namespace. */
  readonly nodeIdOf: (address: string) => Promise<string | undefined>;
}

/** A request that is ready to leave, and what its answer means once the server has carried it out. */
export interface Prepared {
  readonly request: WriteRequest | CallRequest;
  readonly done: (response: WriteResponse | CallResponse) => WriteAnswer;
}

/** Why there is no request: a value that does not fit, or a server that cannot be asked. */
export interface Unprepared {
  readonly reason: 'value-unfit' | 'source-down';
  readonly detail: string;
}

type Answered = (error: (Error & { response?: unknown }) | null, response?: unknown) => void;

/**
 * The way past the client's own repair: `session.write` and `session.call` keep a request back while the line is cut, and send
 * it again on a session made anew. What changes something must leave now or never.
 */
type Line = {
  isChannelValid(): boolean;
  _performMessageTransaction(request: WriteRequest | CallRequest, answered: Answered): void;
};

/** What the server said of the request as a whole; `isOpen` where that does not tell whether it was done. */
type Answer =
  | { readonly response: WriteResponse | CallResponse }
  | { readonly refusal: string; readonly isOpen: boolean };

export function isLineOpen(session: ClientSession): boolean {
  return (session as unknown as Line).isChannelValid();
}

/** Sends it in this turn, once. Never rejects. */
export function sendOnce(
  session: ClientSession,
  request: WriteRequest | CallRequest,
  timeoutMs: number,
): Promise<Answer> {
  request.requestHeader.timeoutHint = timeoutMs;
  return new Promise((resolve) => {
    (session as unknown as Line)._performMessageTransaction(request, (error, response) => {
      if (error === null) {
        resolve({ response: response as WriteResponse | CallResponse });
        return;
      }
      // With an answer the server refused the whole call; a time-out of its own leaves open what it did.
      const isOpen = error.response === undefined || /Timeout|Shutdown|Unknown/i.test(messageOf(error));
      resolve({ refusal: messageOf(error).trim(), isOpen });
    });
  });
}

/** What a status of the server means for what was asked; undefined where it has done it. */
export function refusalOf(status: StatusCode | undefined, more = ''): WriteAnswer | undefined {
  if (status === undefined) return { outcome: 'unanswered', detail: 'the server answered without a result' };
  if (!isBad(status.value >>> 0)) return undefined;
  return { outcome: status.name === 'BadTimeout' ? 'unanswered' : 'refused', detail: `${status.name}${more}` };
}
