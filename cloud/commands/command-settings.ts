import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import type { GatewayRecord, Records, TenantRecord } from '../records/records.ts';

export interface CommandSettingsView {
  /** Every command of the tenant needs somebody else's approval. */
  readonly secondApprover: boolean;
  /** Those the principal sees, by name; true: its commands do, whatever the tenant says. */
  readonly gateways: readonly { readonly id: string; readonly name: string; readonly secondApprover: boolean }[];
}

/** Where a second person must approve. It holds for what is asked from then on; what waits already goes on waiting. */
export class CommandSettings {
  readonly #records: Pick<Records, 'tenants' | 'gateways'>;
  readonly #sight: (principal: Principal) => Sight;

  constructor(options: { records: Pick<Records, 'tenants' | 'gateways'>; sight: (principal: Principal) => Sight }) {
    this.#records = options.records;
    this.#sight = options.sight;
  }

  async read(principal: Principal): Promise<CommandSettingsView> {
    const { tenantId } = principal;
    const seen = this.#sight(principal);
    const tenant = await this.#records.tenants.findOne({ _id: tenantId }).lean<TenantRecord>();
    const gateways = await this.#records.gateways
      .find({ tenantId, status: 'enrolled' })
      .sort({ name: 1 })
      .lean<GatewayRecord[]>();
    return {
      secondApprover: tenant?.secondApprover === true,
      gateways: gateways
        .filter(({ _id }) => seen.gateway(_id))
        .map(({ _id: id, name, secondApprover = false }) => ({ id, name, secondApprover })),
    };
  }

  /** `gatewayId` null: for the whole tenant. False: the tenant has no such gateway. */
  async set(tenantId: string, gatewayId: string | null, secondApprover: boolean): Promise<boolean> {
    const change = { $set: { secondApprover } };
    const { matchedCount } =
      gatewayId === null
        ? await this.#records.tenants.updateOne({ _id: tenantId }, change)
        : await this.#records.gateways.updateOne({ _id: gatewayId, tenantId }, change);
    return matchedCount === 1;
  }
}

/** Whether a second person must approve what is written through the gateway: it says so, or its tenant does. */
export async function needsSecondApprover(
  records: Pick<Records, 'tenants'>,
  { tenantId, secondApprover }: Pick<GatewayRecord, 'tenantId' | 'secondApprover'>,
): Promise<boolean> {
  if (secondApprover === true) return true;
  const tenant = await records.tenants.findOne({ _id: tenantId }).lean<TenantRecord>();
  return tenant?.secondApprover === true;
}
