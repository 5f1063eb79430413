import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { type OpenStore, openStore } from './duckdb-store.ts';
import type { StoreFarewell, StoreReply, StoreRequest, StoreSettings } from './store-message.ts';

// The history process: started by StoreLink with an IPC channel, opens the file, answers requests, and ends with the channel.
// It does not listen to signals: Ctrl-C reaches the whole process group, and the service first has to say good-bye in order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

let store: OpenStore | undefined;
let ending = false;

process.on('message', (request: StoreRequest) => {
  run(request).then(
    (answer) => send({ id: request.id, answer }),
    (error: unknown) => send({ id: request.id, problem: fieldsOf(error) }),
  );
});

async function run({ operation, argument }: StoreRequest): Promise<unknown> {
  if (operation === 'open') {
    store = await openStore(argument as StoreSettings, fatal);
    return undefined;
  }
  if (store === undefined) throw new Error(`${operation} before open`);
  if (operation === 'close') return store.close();
  const operate = store.operations[operation] as (argument: unknown) => Promise<unknown>;
  return operate(argument);
}

/** The requests under way get no answer any more: the service asks the reopened file what became of them. */
function fatal(error: unknown): void {
  if (ending) return;
  ending = true;
  if (!process.connected) process.exit(1);
  process.send!({ fatal: messageOf(error) } satisfies StoreFarewell, () => process.exit(1));
}

function send(reply: StoreReply): void {
  // A service that was killed hears nothing more, and the end of the channel ends this process.
  if (process.connected && !ending) process.send!(reply, () => undefined);
}

function fieldsOf(error: unknown): Extract<StoreReply, { problem: unknown }>['problem'] {
  // An instance DuckDB has invalidated answers nothing any more until the file is opened anew.
  if (/FATAL|database has been invalidated/.test(messageOf(error))) fatal(error);
  if (error instanceof Problem) {
    const { code, message, advice, reaction, status, retryAfterMs, places } = error;
    return {
      code,
      detail: message,
      advice,
      reaction,
      status,
      places,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  return {
    code: 'history-failed',
    detail: 'the history store failed; the cause is in its log',
    advice: 'Try again; when it repeats, report it with the time of the request.',
    reaction: 'retry',
    status: 500,
    // Names tables and files: for the operator, never for whoever asked.
    cause: messageOf(error),
  };
}
