import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { WebhookDeliveryRecord } from '../records/records.ts';
import type { Outbox } from './outbox.ts';
import type { EventSource, PlantEvent } from './plant-events.ts';
import { post } from './post.ts';
import { signatureOf } from './signature.ts';
import type { HookConfig, WebhookEvent, WebhooksConfig } from './webhook-config.ts';

/** Of one webhook. */
const inFlightMax = 8;

interface Hook extends HookConfig {
  readonly tenantId: string;
  readonly signingSecret: string;
}

/** An event, or one that was asked for to see whether it arrives. */
type Told = Omit<PlantEvent, 'event'> & { readonly event: WebhookEvent | 'ping' };

export interface HookView {
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Null: all. */
  readonly assets: readonly string[] | null;
  readonly waiting: number;
}

/** Finds events out, writes them to the outbox, and sends what is due: at least once, each with an id of its own. */
export class Webhooks implements Part {
  readonly #config: WebhooksConfig;
  readonly #homeTenantId: string;
  readonly #outbox: Outbox;
  readonly #sources: readonly EventSource[];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #findEveryMs: number;
  readonly #sendEveryMs: number;
  #hooks: readonly Hook[] = [];
  #cancels: (() => void)[] = [];
  #leave: (() => void)[] = [];
  #hasNews = false;
  #running: Promise<unknown>[] = [];
  #isStopped = true;

  constructor(options: {
    config: WebhooksConfig;
    homeTenantId: string;
    outbox: Outbox;
    sources: readonly EventSource[];
    clock: Clock;
    log: Logger;
    findEveryMs?: number;
    sendEveryMs?: number;
  }) {
    this.#config = options.config;
    this.#homeTenantId = options.homeTenantId;
    this.#outbox = options.outbox;
    this.#sources = options.sources;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#findEveryMs = options.findEveryMs ?? 30_000;
    this.#sendEveryMs = options.sendEveryMs ?? 1_000;
  }

  /** @throws Problem `webhook-secret-unreadable` naming every file that cannot be read */
  async start(): Promise<void> {
    this.#hooks = hooksOf(this.#config, this.#homeTenantId);
    this.#isStopped = false;
    if (this.#hooks.length === 0) return;
    const news = () => {
      this.#hasNews = true;
    };
    this.#leave = this.#sources.flatMap((source) => source.onNews?.(news) ?? []);
    this.#loop(0, Math.min(1_000, this.#findEveryMs), this.#findEveryMs, () => this.#find());
    this.#loop(1, this.#sendEveryMs, this.#sendEveryMs, async () => {
      if (this.#hasNews) await this.#find();
    });
    // Each by itself: one whose address never answers must not keep the others waiting.
    const names = this.#hooks.map(({ name }) => name);
    for (const [place, hook] of [...names, { $nin: names }].entries())
      this.#loop(place + 2, this.#sendEveryMs, this.#sendEveryMs, () => this.#send(hook));
  }

  /** The webhooks of a tenant, without their secrets. */
  list(tenantId: string): Promise<HookView[]> {
    const own = this.#hooks.filter((hook) => hook.tenantId === tenantId);
    return Promise.all(
      own.map(async ({ name, url, events, assets }) => {
        const waiting = await this.#outbox.waiting(tenantId, name);
        return { name, url, events, assets: assets ?? null, waiting };
      }),
    );
  }

  /** Sends something that says nothing, on the way of all others. False: the tenant has no such webhook. */
  async ping(tenantId: string, name: string): Promise<boolean> {
    const hook = this.#hooks.find((one) => one.name === name && one.tenantId === tenantId);
    if (hook === undefined) return false;
    const at = Math.trunc(this.#clock.now());
    await this.#add({ tenantId, event: 'ping', key: String(at), at, assetId: '', data: {} }, name);
    return true;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const leave of this.#leave.splice(0)) leave();
    for (const cancel of this.#cancels) cancel();
    await Promise.all(this.#running);
  }

  #loop(place: number, firstMs: number, everyMs: number, work: () => Promise<void>): void {
    this.#cancels[place] = this.#clock.after(firstMs, () => {
      this.#running[place] = work()
        .catch((error: unknown) => this.#log.warn({ error: messageOf(error) }, 'webhooks: trying again'))
        .then(() => {
          if (!this.#isStopped) this.#loop(place, everyMs, everyMs, work);
        });
    });
  }

  async #find(): Promise<void> {
    this.#hasNews = false;
    const now = Math.trunc(this.#clock.now());
    for (const tenantId of new Set(this.#hooks.map((hook) => hook.tenantId))) {
      const own = this.#hooks.filter((hook) => hook.tenantId === tenantId);
      const isKnown = async (event: WebhookEvent, key: string) => {
        const wanting = own.filter(({ events }) => events.includes(event));
        const known = await Promise.all(wanting.map(({ name }) => this.#outbox.has(idOf(name, tenantId, event, key))));
        return known.every(Boolean);
      };
      for (const source of this.#sources) {
        if (!own.some(({ events }) => source.events.some((event) => events.includes(event)))) continue;
        try {
          for (const event of await source.find(tenantId, now, isKnown)) await this.#enqueue(event, own);
        } catch (error) {
          // What is wrong with the events of one kind or tenant holds back no others.
          this.#log.warn(
            { error: messageOf(error), tenantId, events: source.events },
            'webhooks: events are looked for again',
          );
        }
      }
    }
  }

  async #enqueue(happened: PlantEvent, hooks: readonly Hook[]): Promise<void> {
    const { event, assetId } = happened;
    for (const { name, events, assets } of hooks) {
      const within = (root: string) => assetId === root || assetId.startsWith(`${root}.`);
      if (!events.includes(event) || (assetId !== '' && assets !== undefined && !assets.some(within))) continue;
      await this.#add(happened, name);
    }
  }

  async #add({ tenantId, event, key, at, data }: Told, hook: string): Promise<void> {
    const id = idOf(hook, tenantId, event, key);
    const body = JSON.stringify({ id, event, tenant: tenantId, time: new Date(at).toISOString(), data });
    if (!(await this.#outbox.has(id))) await this.#outbox.add({ _id: id, tenantId, hook, event, body });
  }

  async #send(hook: Parameters<Outbox['due']>[0]): Promise<void> {
    for (let isMore = true; isMore; ) {
      const due = await this.#outbox.due(hook, inFlightMax);
      await Promise.all(due.map((delivery) => this.#deliver(delivery)));
      isMore = due.length === inFlightMax && !this.#isStopped;
    }
  }

  async #deliver(delivery: WebhookDeliveryRecord): Promise<void> {
    const { _id: id, hook: name, event, body, tenantId } = delivery;
    const hook = this.#hooks.find((one) => one.name === name && one.tenantId === tenantId);
    if (hook === undefined) {
      const fault = 'the webhook is no longer configured';
      return this.#outbox.failed(delivery, { fault, answer: null, isFinal: true });
    }
    const signature = signatureOf(hook.signingSecret, body, this.#clock.now());
    const headers = { 'gongfu-event': event, 'gongfu-delivery': id, 'gongfu-signature': signature };
    try {
      const status = await post({ url: hook.url, headers, body, allowedHosts: this.#config.allowedHosts });
      if (status >= 200 && status < 300) return await this.#outbox.sent(delivery, status);
      // Gone for good: whoever answers so does not want to be asked again.
      await this.#failed(delivery, { fault: `answered ${status}`, answer: status, isFinal: status === 410 });
    } catch (error) {
      const isForbidden = error instanceof Problem && error.reaction === 'drop';
      await this.#failed(delivery, { fault: messageOf(error), answer: null, isFinal: isForbidden });
    }
  }

  async #failed(delivery: WebhookDeliveryRecord, failure: Parameters<Outbox['failed']>[1]): Promise<void> {
    const { fault } = failure;
    const { hook, event, attempts } = delivery;
    this.#log.warn({ hook, event, attempts: attempts + 1, fault }, 'a webhook was not taken');
    await this.#outbox.failed(delivery, failure);
  }
}

function idOf(hook: string, tenantId: string, event: Told['event'], key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([hook, tenantId, event, key]))
    .digest('hex')
    .slice(0, 32);
}

function hooksOf({ hooks }: WebhooksConfig, homeTenantId: string): Hook[] {
  const places: ProblemPlace[] = [];
  const read = hooks.map((hook) => {
    const { name, secret, secretFile, tenant } = hook;
    let signingSecret = secret ?? '';
    try {
      if (secretFile !== undefined) signingSecret = readFileSync(secretFile, 'utf8').trim();
      if (signingSecret.length < 16) throw new Error('holds fewer than 16 characters');
    } catch (error) {
      places.push({ where: `webhooks ${name} secretFile`, what: messageOf(error) });
    }
    return { ...hook, tenantId: tenant ?? homeTenantId, signingSecret };
  });
  if (places.length === 0) return read;
  throw new Problem({
    code: 'webhook-secret-unreadable',
    detail: places.map(({ where, what }) => `${where}: ${what}`).join('; '),
    advice: 'Check the path and that the user of the service may read the file.',
    reaction: 'stop',
    places,
  });
}
