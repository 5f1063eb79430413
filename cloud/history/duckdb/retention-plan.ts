import type { Removal, RetentionClass, RetentionOrder } from '../retention.ts';
import { dayMs } from './layout.ts';

/** Which days of which tags are to go, at one moment. */
export class RetentionPlan {
  readonly #order: RetentionOrder;
  readonly #today: number;
  readonly #ruleOf = new Map<number, RetentionOrder['rules'][number]>();

  constructor(order: RetentionOrder, now: number) {
    this.#order = order;
    this.#today = Math.floor(now / dayMs);
    for (const rule of order.rules) for (const tag of rule.tags) this.#ruleOf.set(tag, rule);
  }

  /** Earlier days of the class go. */
  firstDay(what: RetentionClass, tag: number): number {
    return this.#first(what, (this.#ruleOf.get(tag) ?? this.#order).keep);
  }

  /** Whether anything of that day and class may have to go. */
  touches(what: RetentionClass, day: number): boolean {
    return [this.#order, ...this.#order.rules].some(({ keep }) => day < this.#first(what, keep));
  }

  nameOf(tag: number): string | undefined {
    return this.#ruleOf.get(tag)?.name;
  }

  #first(what: RetentionClass, keep: RetentionOrder['keep']): number {
    const days = keep[what];
    return days === undefined ? Number.NEGATIVE_INFINITY : this.#today - days;
  }
}

/** What was taken away, by rule and class. */
export class Removals {
  readonly #days = new Map<string, { name: string | undefined; what: RetentionClass; days: Set<number> }>();

  add(what: RetentionClass, day: number, name: string | undefined): void {
    const key = `${what} ${name ?? ''}`;
    const found = this.#days.get(key) ?? { name, what, days: new Set() };
    found.days.add(day);
    this.#days.set(key, found);
  }

  get list(): Removal[] {
    return [...this.#days.values()].map(({ name, what, days }) => ({
      name,
      what,
      firstDay: Math.min(...days) * dayMs,
      lastDay: Math.max(...days) * dayMs,
      days: days.size,
    }));
  }
}
