import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { ApiKeys } from './access/api-keys.ts';
import { ExternalUsers } from './access/external-users.ts';
import type { Provider } from './access/oidc-sign-in.ts';
import type { Sessions } from './access/session.ts';
import type { CloudConfig } from './config.ts';
import { clientSecretOf } from './oidc-config.ts';
import type { Records } from './records/records.ts';

/** Not asked for anything yet: a provider that is away keeps nobody from starting. @throws Problem `oidc-tenant-unknown` */
export async function identityProvider(
  { config, clock }: { config: CloudConfig; clock: Clock },
  { records, sessions, keys }: { records: Records; sessions: Sessions; keys: ApiKeys },
  homeTenantId: string,
): Promise<Provider | undefined> {
  const { oidc } = config.signIn;
  if (oidc === undefined) return undefined;
  const tenantId = oidc.tenant ?? homeTenantId;
  if ((await records.tenants.exists({ _id: tenantId })) === null) throw oidcTenantUnknown(tenantId);
  const { issuer, clientId, scope, label, publicUrl, nameClaim, roleClaim, roles, defaultRole } = oidc;
  const redirectUrl = `${publicUrl}/sign-in/oidc`;
  // The protocol's client is loaded where somebody signs in by it.
  const { OidcClient } = await import('./access/oidc-client.ts');
  const client = new OidcClient({ issuer, clientId, clientSecret: clientSecretOf(oidc), redirectUrl, scope });
  const mapping = { nameClaim, roleClaim, roles, defaultRole };
  const users = new ExternalUsers({ records, sessions, keys, clock, tenantId, ...mapping });
  return { label, client, users, tenantId };
}

function oidcTenantUnknown(tenantId: string): Problem {
  return new Problem({
    code: 'oidc-tenant-unknown',
    detail: `signIn.oidc.tenant is ${tenantId}, and no such tenant exists`,
    advice: 'Make the tenant first, or leave the key out: users then belong to the tenant of the installation.',
    reaction: 'stop',
  });
}
