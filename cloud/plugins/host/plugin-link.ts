import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Plugin, PluginCall } from '@gongfu/shared/sdk/plugin';
import type { PluginContext } from '@gongfu/shared/sdk/plugin-context';

/** Settings are looked at before every call. */
const settledWithinMs = 5_000;

/**
 * The line between host and plugin. Whatever crosses it, either way, is copied as if it went to another process, so that the
 * plugin shares no object with the platform; what fails beyond it fails as a problem that names the plugin.
 */
export class PluginLink {
  readonly id: string;
  readonly #plugin: Plugin;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(options: { plugin: Plugin; clock: Clock; log: Logger }) {
    this.id = options.plugin.declaration.manifest.id;
    this.#plugin = options.plugin;
    this.#clock = options.clock;
    this.#log = options.log.child({ plugin: this.id });
  }

  /** @throws Problem as `call`, or `request-invalid` that names every wrong place */
  async settle(settings: unknown): Promise<unknown> {
    const answer = this.#guarded('settings', () => this.#plugin.settle(structuredClone(settings)));
    return this.#within(settledWithinMs, 'settings', answer);
  }

  /** @throws Problem `plugin-too-slow`, `plugin-failed`, or what the plugin refused with */
  async call(call: PluginCall, context: PluginContext, limitMs: number): Promise<unknown> {
    const name = `${call.kind} ${call.id}`;
    const answer = this.#guarded(name, () => this.#plugin.call(structuredClone(call), copying(context)));
    return this.#within(limitMs, name, answer);
  }

  /** The copy is made in here: what cannot be sent is a fault of the plugin. */
  async #guarded(name: string, work: () => Promise<unknown>): Promise<unknown> {
    try {
      return structuredClone(await work());
    } catch (error) {
      if (error instanceof Problem) throw error;
      this.#log.error({ call: name, error: messageOf(error), stack: (error as Error).stack }, 'a plugin failed');
      throw new Problem({
        code: 'plugin-failed',
        detail: `the plugin ${this.id} failed in ${name}; the cause is in the log of the platform`,
        advice: 'Try again; when it repeats, report it to the maker of the plugin with the time of the request.',
        reaction: 'drop',
        cause: error,
      });
    }
  }

  #within(limitMs: number, name: string, answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(limitMs, () => {
        reject(
          new Problem({
            code: 'plugin-too-slow',
            detail: `the plugin ${this.id} did not answer ${name} within ${limitMs / 1000} s`,
            advice: 'Ask for a shorter range, or try again later.',
            reaction: 'retry',
            status: 503,
          }),
        );
      });
      answer.then(resolve, reject).finally(cancel);
    });
  }
}

/** The context with every argument and every answer copied. */
function copying(context: PluginContext): PluginContext {
  const copied = <A extends unknown[], R>(call: (...given: A) => Promise<R>) => {
    return async (...given: A): Promise<R> => structuredClone(await call(...structuredClone(given)));
  };
  return {
    tenantId: context.tenantId,
    now: context.now,
    settings: structuredClone(context.settings),
    assets: copied(context.assets),
    kpis: copied(context.kpis),
    samples: copied(context.samples),
    record: copied(context.record),
    records: copied(context.records),
    putRecord: copied(context.putRecord),
    deleteRecord: copied(context.deleteRecord),
    log: copied(context.log),
  };
}
