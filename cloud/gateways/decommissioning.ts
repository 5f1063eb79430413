import { Problem } from '@gongfu/shared/base/problem';
import { type DecommissionRequest, decommissionAudience, type LostSamples } from '@gongfu/shared/wire/decommission';
import { type AuditEntry, type AuditTrail, stranger } from '../access/audit-trail.ts';
import type { GatewayCredential } from './credential.ts';

/** A gateway gives up its own key: it signs its last word with it, and from then on the key is refused. */
export class Decommissioning {
  readonly #credential: GatewayCredential;
  readonly #revoke: (tenantId: string, gatewayId: string) => Promise<void>;
  readonly #audit: AuditTrail;
  readonly #homeTenantId: string;

  constructor(options: {
    credential: GatewayCredential;
    revoke: (tenantId: string, gatewayId: string) => Promise<void>;
    audit: AuditTrail;
    /** Whose audit names what strangers try. */
    homeTenantId: string;
  }) {
    this.#credential = options.credential;
    this.#revoke = options.revoke;
    this.#audit = options.audit;
    this.#homeTenantId = options.homeTenantId;
  }

  /** @throws Problem `token-invalid`, `gateway-revoked` (it was before: said only to the holder of the key), `tenant-suspended` */
  async decommission(
    { token, lost }: DecommissionRequest,
    address: string,
  ): Promise<{ gatewayId: string; name: string }> {
    const action = 'gateway-decommission';
    const gateway = await this.#credential.verify(token, decommissionAudience).catch(async (error: unknown) => {
      const detail = error instanceof Problem ? error.code : 'internal';
      await this.#audit.refuse({ ...stranger(address, this.#homeTenantId), action, object: '', address, detail });
      throw error;
    });
    const { _id: gatewayId, name, tenantId } = gateway;
    const entry: Omit<AuditEntry, 'outcome'> = {
      tenantId,
      actor: { kind: 'gateway', id: gatewayId, name },
      action,
      object: gatewayId,
      address,
      detail: lossText(lost),
    };
    await this.#audit.record({ ...entry, outcome: 'begun' });
    try {
      await this.#revoke(tenantId, gatewayId);
    } catch (error) {
      await this.#audit.note({ ...entry, outcome: 'failed' });
      throw error;
    }
    await this.#audit.note({ ...entry, outcome: 'done' });
    return { gatewayId, name };
  }
}

function lossText(lost: LostSamples | null): string {
  if (lost === null) return 'lost=nothing';
  const samples = lost.samples < 0 ? 'unknown' : String(lost.samples);
  const time = (ms: number | null) => (ms === null ? '?' : new Date(ms).toISOString());
  return `lost=${samples} from=${time(lost.fromTime)} to=${time(lost.toTime)}`;
}
