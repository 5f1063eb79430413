import type { Clock } from '@gongfu/shared/base/clock';
import { SignJWT } from 'jose';
import type { Enrolled, GatewayIdentity } from './identity.ts';

const lifetimeSeconds = 600;

/** A fresh token for one attempt: ten minutes, signed by the gateway's own key; to connect with unless told. */
export function signToken(
  identity: GatewayIdentity,
  enrolled: Enrolled,
  clock: Clock,
  random: () => number,
  audience = 'gongfu-cloud',
): Promise<string> {
  const now = Math.floor(clock.now() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(enrolled.gatewayId)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds)
    .setJti(`${clock.now().toString(36)}-${Math.floor(random() * 2 ** 48).toString(36)}`)
    .sign(identity.privateKey);
}
