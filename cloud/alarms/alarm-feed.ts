import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { AlarmRecord } from '../records/alarm-record.ts';
import type { AlarmView } from './alarms.ts';

/** What changes within this time is told together: a message of a gateway changes hundreds at once. */
const gatherMs = 50;

/** Tells of alarms as people see them, each once however often it changed within a moment. */
export class AlarmFeed implements Part {
  readonly told: Signal<{ readonly tenantId: string; readonly alarms: readonly AlarmView[] }>;
  readonly #changed: Pick<Signal<AlarmRecord>, 'on'>;
  readonly #views: (tenantId: string, alarms: readonly AlarmRecord[]) => Promise<readonly AlarmView[]>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #waiting = new Map<string, AlarmRecord>();
  #leave: () => void = () => undefined;
  #cancel: (() => void) | undefined;

  constructor(options: {
    changed: Pick<Signal<AlarmRecord>, 'on'>;
    views: (tenantId: string, alarms: readonly AlarmRecord[]) => Promise<readonly AlarmView[]>;
    clock: Clock;
    log: Logger;
  }) {
    this.#changed = options.changed;
    this.#views = options.views;
    this.#clock = options.clock;
    this.#log = options.log;
    this.told = new Signal((error) => options.log.error({ error }, 'a listener failed on alarms'));
  }

  async start(): Promise<void> {
    this.#leave();
    this.#leave = this.#changed.on((alarm) => {
      this.#waiting.set(alarm._id, alarm);
      this.#cancel ??= this.#clock.after(gatherMs, () => this.#tell());
    });
  }

  async stop(): Promise<void> {
    this.#leave();
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
  }

  #tell(): void {
    this.#cancel = undefined;
    const byTenant = new Map<string, AlarmRecord[]>();
    for (const alarm of this.#waiting.values()) {
      const ofTenant = byTenant.get(alarm.tenantId);
      if (ofTenant === undefined) byTenant.set(alarm.tenantId, [alarm]);
      else ofTenant.push(alarm);
    }
    this.#waiting.clear();
    for (const [tenantId, changed] of byTenant) {
      this.#views(tenantId, changed).then(
        (alarms) => this.told.emit({ tenantId, alarms }),
        (error: unknown) => this.#log.warn({ error: messageOf(error) }, 'changed alarms were not told to pages'),
      );
    }
  }
}
