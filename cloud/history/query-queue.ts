import { Problem } from '@gongfu/shared/base/problem';

/** Lets the questions of one tenant run a few at a time and a few wait, so that no tenant takes the history from the others. */
export class QueryQueue {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #tenants = new Map<string, { running: number; waiting: (() => void)[] }>();

  constructor(options: { runningMax: number; waitingMax: number }) {
    this.#runningMax = options.runningMax;
    this.#waitingMax = options.waitingMax;
  }

  /** @throws Problem `history-tenant-busy` at once when too many wait already. */
  async run<T>(tenantId: string, ask: () => Promise<T>): Promise<T> {
    const tenant = this.#tenants.get(tenantId) ?? { running: 0, waiting: [] };
    this.#tenants.set(tenantId, tenant);
    if (tenant.running >= this.#runningMax) {
      if (tenant.waiting.length >= this.#waitingMax) throw busy();
      // The one who ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => tenant.waiting.push(resolve));
    } else {
      tenant.running += 1;
    }
    try {
      return await ask();
    } finally {
      const next = tenant.waiting.shift();
      if (next !== undefined) next();
      else {
        tenant.running -= 1;
        if (tenant.running === 0) this.#tenants.delete(tenantId);
      }
    }
  }
}

function busy(): Problem {
  return new Problem({
    code: 'history-tenant-busy',
    detail: 'as many history queries of your tenant are running and waiting as one tenant may have',
    advice: 'Ask again in a moment; when it repeats, ask with fewer clients at once.',
    reaction: 'retry',
    status: 429,
    retryAfterMs: 2000,
  });
}
