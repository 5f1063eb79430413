import { readFileSync } from 'node:fs';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { z } from 'zod';
import { type Role, roles } from './access/roles.ts';

const roleSchema = z.enum(Object.keys(roles) as [Role, ...Role[]]);

/** Over plain HTTP anybody in between could sign in as anybody: only on this machine, for trying out. */
function isGuarded(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

/** `signIn.oidc` of the configuration: an identity provider people sign in with (OpenID Connect). */
export const oidcConfigSchema = z
  .strictObject({
    /** As the provider's discovery document names it. */
    issuer: z
      .url({ protocol: /^https?$/ })
      .refine(isGuarded, 'must be an https:// address; http:// only for a provider on this machine'),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1).optional(),
    clientSecretFile: z.string().min(1).optional(),
    /** Where people reach this service: `/sign-in/oidc` below it is what the provider sends them back to. */
    publicUrl: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
    /** What the button says after `Sign in with`. */
    label: z.strictObject({ zh: z.string().min(1).max(40), en: z.string().min(1).max(40) }),
    /** Whose users they become; that of the installation unless told. */
    tenant: z.string().min(1).optional(),
    scope: z
      .string()
      .default('openid profile')
      .refine((scope) => scope.split(' ').includes('openid'), 'must contain openid'),
    nameClaim: z.string().min(1).default('preferred_username'),
    /** Dots lead into objects, as `realm_access.roles`. */
    roleClaim: z.string().min(1).default('roles'),
    /** Value of the claim → role; where several fit, the one written first counts. */
    roles: z.record(z.string().min(1), roleSchema).default({}),
    /** For those whose claim names no role; without it they are refused. */
    defaultRole: roleSchema.optional(),
  })
  .refine(({ clientSecret, clientSecretFile }) => clientSecret === undefined || clientSecretFile === undefined, {
    path: ['clientSecretFile'],
    message: 'give clientSecret or clientSecretFile, not both',
  })
  .refine(({ roles, defaultRole }) => Object.keys(roles).length > 0 || defaultRole !== undefined, {
    path: ['roles'],
    message: 'nobody could sign in: give roles, or a defaultRole',
  });

export type OidcConfig = z.infer<typeof oidcConfigSchema>;

/** Undefined for a provider that trusts the proof of the code alone. @throws Problem `config-unreadable` */
export function clientSecretOf({ clientSecret, clientSecretFile }: OidcConfig): string | undefined {
  if (clientSecretFile === undefined) return clientSecret;
  try {
    return readFileSync(clientSecretFile, 'utf8').trim();
  } catch (cause) {
    throw new Problem({
      code: 'config-unreadable',
      detail: `${clientSecretFile} cannot be read: ${messageOf(cause)}`,
      advice: 'Check signIn.oidc.clientSecretFile and that the user of the service may read it.',
      reaction: 'stop',
      cause,
    });
  }
}
