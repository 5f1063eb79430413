import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { PluginCall } from '@gongfu/shared/sdk/plugin';
import type { PluginDeclaration } from '@gongfu/shared/sdk/plugin-declaration';
import { type Caller, callContext, type PluginDoors } from './call-context.ts';
import type { InstalledPlugin, PluginDirectory, PluginSettings } from './plugin-directory.ts';
import type { FoundPlugin } from './plugin-folder.ts';
import { PluginJobLoop } from './plugin-jobs.ts';
import { PluginLink } from './plugin-link.ts';

/** A person waits for an answer; a job may take its time. */
const answerWithinMs = 20_000;
const jobWithinMs = 5 * 60_000;

interface Mounted {
  readonly declaration: PluginDeclaration;
  readonly link: PluginLink;
}

/** The plugins of the installation at work: their calls, their settings per tenant, their jobs. */
export class PluginHost implements PluginDirectory, Part {
  readonly #found: readonly FoundPlugin[];
  readonly #mounted: ReadonlyMap<string, Mounted>;
  readonly #doors: PluginDoors;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #loops: PluginJobLoop[] = [];

  constructor(options: { found: readonly FoundPlugin[]; doors: PluginDoors; clock: Clock; log: Logger }) {
    const { found, doors, clock, log } = options;
    this.#found = found;
    this.#doors = doors;
    this.#clock = clock;
    this.#log = log;
    this.#mounted = new Map(
      found.flatMap(({ plugin }) =>
        plugin === undefined
          ? []
          : [
              [
                plugin.declaration.manifest.id,
                { declaration: structuredClone(plugin.declaration), link: new PluginLink({ plugin, clock, log }) },
              ] as const,
            ],
      ),
    );
  }

  async start(): Promise<void> {
    for (const { folder, faults } of this.#found) {
      if (faults.length > 0) this.#log.error({ folder, faults }, 'a plugin cannot be used and is left out');
    }
    for (const [pluginId, { declaration }] of this.#mounted) {
      for (const { id, everyMs } of declaration.jobs) {
        const log = this.#log.child({ plugin: pluginId, job: id });
        const run = () => this.#runJob(pluginId, id);
        const loop = new PluginJobLoop({ everyMs, run, clock: this.#clock, log });
        this.#loops.push(loop);
        loop.start();
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.splice(0).map((loop) => loop.stop()));
  }

  /** Those that can be used, for the routes. */
  declarations(): PluginDeclaration[] {
    return [...this.#mounted.values()].map(({ declaration }) => declaration);
  }

  /** @throws Problem `plugin-off` where the tenant has switched it off, and as `PluginLink.call` */
  call(pluginId: string, call: PluginCall, caller: Caller): Promise<unknown> {
    return this.#call(pluginId, call, caller, answerWithinMs);
  }

  async installed(tenantId: string): Promise<InstalledPlugin[]> {
    return Promise.all(
      this.#found.map(async ({ folder, plugin, faults }): Promise<InstalledPlugin> => {
        const id = plugin?.declaration.manifest.id;
        const mounted = id === undefined ? undefined : this.#mounted.get(id);
        if (id === undefined || mounted === undefined) {
          return { id: folder, state: 'faulty', declaration: undefined, faults };
        }
        const { on } = await this.#doors.store.state(tenantId, id);
        // One whose settings cannot even be looked at must not take the list of all others with it.
        const { faults: unfit } = await this.settings(tenantId, id).catch((error) => ({ faults: [messageOf(error)] }));
        return { id, state: on ? 'on' : 'off', declaration: mounted.declaration, faults: unfit };
      }),
    );
  }

  async settings(tenantId: string, pluginId: string): Promise<PluginSettings> {
    const { link, declaration } = this.#known(pluginId);
    const { settings } = await this.#doors.store.state(tenantId, pluginId);
    const schema = declaration.settings;
    try {
      return { schema, value: await link.settle(settings), faults: [] };
    } catch (error) {
      // A newer version may want other settings: it then runs on its defaults and says so.
      if (!(error instanceof Problem) || error.places.length === 0) throw error;
      const faults = error.places.map(({ where, what }) => `${where}: ${what}`);
      return { schema, value: await link.settle(undefined), faults };
    }
  }

  async changeSettings(tenantId: string, pluginId: string, value: unknown): Promise<PluginSettings> {
    const { link } = this.#known(pluginId);
    await link.settle(value);
    await this.#doors.store.keepState(tenantId, pluginId, { settings: value });
    return this.settings(tenantId, pluginId);
  }

  async turn(tenantId: string, pluginId: string, on: boolean): Promise<void> {
    this.#known(pluginId);
    await this.#doors.store.keepState(tenantId, pluginId, { on });
  }

  async #call(pluginId: string, call: PluginCall, caller: Caller, limitMs: number): Promise<unknown> {
    const { link, declaration } = this.#known(pluginId);
    if (!(await this.#doors.store.state(caller.tenantId, pluginId)).on) throw switchedOff(pluginId);
    const { value: settings } = await this.settings(caller.tenantId, pluginId);
    const { context, end } = callContext({
      pluginId,
      permissions: declaration.manifest.permissions,
      caller,
      settings,
      now: this.#clock.now(),
      doors: this.#doors,
      log: this.#log,
    });
    try {
      return await link.call(call, context, limitMs);
    } finally {
      end();
    }
  }

  /** One tenant after the other; a tenant that fails does not keep the next one waiting. */
  async #runJob(pluginId: string, id: string): Promise<void> {
    const failures: unknown[] = [];
    for (const tenantId of await this.#doors.store.tenants()) {
      if (!(await this.#doors.store.state(tenantId, pluginId)).on) continue;
      try {
        await this.#call(pluginId, { kind: 'job', id }, { tenantId, scope: null }, jobWithinMs);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #known(pluginId: string): Mounted {
    const mounted = this.#mounted.get(pluginId);
    if (mounted !== undefined) return mounted;
    throw new Problem({
      code: 'plugin-unknown',
      detail: `no plugin ${pluginId} can be used here`,
      advice: 'GET /api/v1/portal/plugins lists those that are there, and what is wrong with the others.',
      reaction: 'drop',
      status: 404,
    });
  }
}

function switchedOff(pluginId: string): Problem {
  return new Problem({
    code: 'plugin-off',
    detail: `the plugin ${pluginId} is switched off`,
    advice: 'Somebody with the permission portal:configure can switch it on in the portal.',
    reaction: 'drop',
    status: 404,
  });
}
