import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Problem, type ProblemFields } from '@gongfu/shared/base/problem';
import type { Plugin, PluginCall } from '@gongfu/shared/sdk/plugin';
import type { PluginContext } from '@gongfu/shared/sdk/plugin-context';

type ContextCall = Exclude<keyof PluginContext, 'tenantId' | 'now' | 'settings'>;
const contextCalls: readonly ContextCall[] = [
  'assets',
  'kpis',
  'samples',
  'record',
  'records',
  'putRecord',
  'deleteRecord',
  'log',
];

type Message =
  | { type: 'ask'; id: number; member: string; given: unknown[] }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refuse'; id: number; problem: ProblemFields | undefined; text: string };

type Answer = (member: string, given: unknown[]) => Promise<unknown>;

/** Asks over a port and answers what is asked from the other end. */
class Line {
  readonly #port: MessagePort;
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #next = 0;
  messages = 0;

  constructor(port: MessagePort, answer: Answer) {
    this.#port = port;
    port.on('message', (message: Message) => void this.#hear(message, answer));
  }

  ask(member: string, given: unknown[]): Promise<unknown> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#send({ type: 'ask', id, member, given });
    });
  }

  close(): void {
    this.#port.close();
  }

  #send(message: Message): void {
    this.messages += 1;
    this.#port.postMessage(message);
  }

  async #hear(message: Message, answer: Answer): Promise<void> {
    const { id } = message;
    if (message.type === 'ask') {
      try {
        this.#send({ type: 'answer', id, value: await answer(message.member, message.given) });
      } catch (error) {
        this.#send({ type: 'refuse', id, problem: fieldsOf(error), text: String(error) });
      }
      return;
    }
    const waiting = this.#open.get(id);
    this.#open.delete(id);
    if (message.type === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(message.problem === undefined ? new Error(message.text) : new Problem(message.problem));
  }
}

function fieldsOf(error: unknown): ProblemFields | undefined {
  if (!(error instanceof Problem)) return undefined;
  const { code, message: detail, advice, reaction, status, places } = error;
  return { code, detail, advice, reaction, status, places };
}

/**
 * The same plugin with a real message port between it and whoever calls it, as if it ran in another process: only what can
 * be sent gets through, in either direction.
 */
export function pluginBehindPort(plugin: Plugin): Plugin & { close(): void; messages(): number } {
  const { port1, port2 } = new MessageChannel();
  const contexts = new Map<number, PluginContext>();
  let calls = 0;
  const near = new Line(port1, (member, [contextId, ...given]) => {
    const call = contexts.get(contextId as number)![member as ContextCall] as (...given: unknown[]) => Promise<unknown>;
    return call(...given);
  });
  const far = new Line(port2, async (member, given) => {
    if (member === 'settle') return plugin.settle(given[0]);
    const [call, contextId, data] = given as [PluginCall, number, Pick<PluginContext, 'tenantId' | 'now' | 'settings'>];
    const asked = contextCalls.map((name) => [name, (...more: unknown[]) => far.ask(name, [contextId, ...more])]);
    return plugin.call(call, { ...data, ...Object.fromEntries(asked) } as PluginContext);
  });
  return {
    declaration: structuredClone(plugin.declaration),
    settle: (value) => near.ask('settle', [value]),
    async call(call, context) {
      calls += 1;
      const contextId = calls;
      contexts.set(contextId, context);
      const { tenantId, now, settings } = context;
      try {
        return await near.ask('call', [call, contextId, { tenantId, now, settings }]);
      } finally {
        contexts.delete(contextId);
      }
    },
    close() {
      near.close();
      far.close();
    },
    messages: () => near.messages + far.messages,
  };
}
