import { createPublicKey, type KeyObject } from 'node:crypto';
import { newKey } from '#edge/uplink/identity';

/** A key pair that may be exported at any moment. */
export function ed25519Pair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  const privateKey = newKey();
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
