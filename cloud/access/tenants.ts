import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { LocalText } from '@gongfu/shared/model/asset';
import type { Records, TenantRecord } from '../records/records.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Principal } from './principal.ts';
import type { Sessions } from './session.ts';

export interface TenantView {
  readonly id: string;
  readonly name: LocalText;
  /** UTC epoch ms; null for one from before it was kept. */
  readonly createdAt: number | null;
  readonly suspendedAt: number | null;
  readonly users: number;
  readonly gateways: number;
}

/** What makes the first administrator; the accounts do. */
interface AccountMaker {
  create(
    principal: Principal,
    given: { name: string; role: 'tenant-admin'; scope: null },
  ): Promise<{ password: string }>;
}

type TenantRecords = Pick<Records, 'tenants' | 'users' | 'gateways'>;

/** The tenants of the installation. A suspended one keeps all it has, and nobody of it gets in: see `standing.ts`. */
export class Tenants {
  /** Told after a tenant was suspended, so that the connections of its gateways are cut. */
  readonly suspended: Signal<{ tenantId: string }>;
  readonly #records: TenantRecords;
  readonly #accounts: AccountMaker;
  readonly #clock: Clock;
  readonly #sessions: Pick<Sessions, 'reloadAllOfTenant'>;
  readonly #keys: Pick<ApiKeys, 'reloadAllOf'>;

  constructor(options: {
    records: TenantRecords;
    accounts: AccountMaker;
    sessions: Pick<Sessions, 'reloadAllOfTenant'>;
    keys: Pick<ApiKeys, 'reloadAllOf'>;
    clock: Clock;
    onListenerError: (error: unknown) => void;
  }) {
    this.#records = options.records;
    this.#accounts = options.accounts;
    this.#sessions = options.sessions;
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.suspended = new Signal(options.onListenerError);
  }

  async list(): Promise<TenantView[]> {
    const all = await this.#records.tenants.find().sort({ _id: 1 }).lean<TenantRecord[]>();
    return Promise.all(
      all.map(async ({ _id, name, createdAt = null, suspendedAt = null }) => ({
        ...{ id: _id, name, createdAt, suspendedAt },
        users: await this.#records.users.countDocuments({ tenantId: _id }),
        gateways: await this.#records.gateways.countDocuments({ tenantId: _id, status: 'enrolled' }),
      })),
    );
  }

  /** With its first administrator, whose password is shown once. @throws Problem `tenant-exists`, `user-name-taken` */
  async create(
    principal: Principal,
    given: { id: string; name: LocalText; administrator: string },
  ): Promise<{ password: string }> {
    const { id, name, administrator } = given;
    try {
      await this.#records.tenants.create({ _id: id, name, createdAt: this.#clock.now(), suspendedAt: null });
    } catch (error) {
      if ((error as { code?: unknown }).code === 11_000) throw tenantExists(id);
      throw error;
    }
    try {
      const first = { name: administrator, role: 'tenant-admin', scope: null } as const;
      const { password } = await this.#accounts.create({ ...principal, tenantId: id }, first);
      return { password };
    } catch (error) {
      // A tenant nobody can sign in to would only be in the way.
      await this.#records.tenants.deleteOne({ _id: id });
      throw error;
    }
  }

  /** @throws Problem `tenant-unknown`, `tenant-own` */
  async suspend(principal: Pick<Principal, 'tenantId'>, id: string): Promise<void> {
    if (principal.tenantId === id) throw ownTenant();
    const filter = { _id: id, suspendedAt: null };
    const { matchedCount } = await this.#records.tenants.updateOne(filter, {
      $set: { suspendedAt: this.#clock.now() },
    });
    if (matchedCount === 0) await this.#require(id);
    await this.#reload(id);
    this.suspended.emit({ tenantId: id });
  }

  /** @throws Problem `tenant-unknown` */
  async resume(id: string): Promise<void> {
    await this.#require(id);
    await this.#records.tenants.updateOne({ _id: id }, { $set: { suspendedAt: null } });
    await this.#reload(id);
  }

  /** What was remembered of who may what holds no longer; sockets are cut. */
  async #reload(tenantId: string): Promise<void> {
    await this.#sessions.reloadAllOfTenant(tenantId);
    await this.#keys.reloadAllOf({ tenantId });
  }

  async #require(id: string): Promise<void> {
    if ((await this.#records.tenants.exists({ _id: id })) !== null) return;
    throw new Problem({
      code: 'tenant-unknown',
      detail: `there is no tenant ${id}`,
      advice: 'Take the id from GET /api/v1/tenants.',
      reaction: 'drop',
      status: 404,
    });
  }
}

function tenantExists(id: string): Problem {
  return new Problem({
    code: 'tenant-exists',
    detail: `there is a tenant ${id} already`,
    advice: 'Choose another id.',
    reaction: 'drop',
    status: 409,
  });
}

function ownTenant(): Problem {
  return new Problem({
    code: 'tenant-own',
    detail: 'your own tenant cannot be suspended: nobody could resume it',
    advice: 'Suspend it from another tenant, or stop the service.',
    reaction: 'drop',
    status: 409,
  });
}
