import { StatusCode } from '@gongfu/shared/model/quality';
import type { Driver, DriverContext } from '@gongfu/shared/sdk/driver';
import { expect } from 'chai';
import type { CollectorTag } from '#edge/collector/collector-types';

export interface Script {
  /** How long poll number n of the first group takes. */
  readonly takesMs?: (poll: number) => number;
  readonly startFails?: boolean;
}

/** A driver that writes its poll number; what it does is told by the script, the rest is the real collector. */
export class ScriptedDriver implements Driver {
  readonly groups: Driver['groups'];
  polls: number[] = [];
  underWay = 0;
  stopped = 0;
  readonly context: DriverContext;
  readonly #script: Script;

  constructor(context: DriverContext, tags: readonly CollectorTag[], script: Script) {
    this.context = context;
    this.#script = script;
    this.groups = tags.map((tag) => ({ intervalMs: tag.intervalMs, tags: [tag] }));
  }

  async start(): Promise<void> {
    if (this.#script.startFails === true) throw new Error('no such library');
  }

  async poll(group: Driver['groups'][number]): Promise<void> {
    const { clock, writer } = this.context;
    expect(this.underWay, 'polls under way').to.equal(0);
    this.underWay += 1;
    const poll = this.polls.push(clock.monotonicMs());
    const takesMs = this.#script.takesMs?.(poll) ?? 0;
    if (takesMs > 0) await new Promise<void>((resolve) => void clock.after(takesMs, resolve));
    for (const tag of group.tags) writer.number(tag.number, clock.now(), StatusCode.Good, poll);
    this.underWay -= 1;
  }

  async stop(): Promise<void> {
    this.stopped += 1;
  }

  health(): ReturnType<Driver['health']> {
    return { state: 'connected', detail: '' };
  }
}

export function tagOf(number: number, intervalMs: number): CollectorTag {
  const fixed = { name: `t${number}`, type: 'float64', kind: 'number', scale: 1, offset: 0 } as const;
  return { number, ...fixed, intervalMs, deadband: null, onChange: false, heartbeatMs: 10_000 };
}
