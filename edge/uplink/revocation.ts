import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Refusal } from '@gongfu/shared/wire/acknowledgement';
import { decommissionAudience, type LostSamples } from '@gongfu/shared/wire/decommission';
import type { CloudTrust } from './cloud-trust.ts';
import { edgeSocket } from './edge-socket.ts';
import type { Enrolled, GatewayIdentity } from './identity.ts';
import { postJson } from './json-request.ts';
import { signToken } from './token.ts';

/** What became of this gateway's key in the cloud. */
export interface KeyRevocation {
  readonly outcome: 'revoked' | 'revoked-before' | 'not-told' | 'not-enrolled';
  /** Why it could not be told; '' otherwise. */
  readonly detail: string;
  /** Code with which the cloud then refused a connection by this key: the proof. null when none was refused. */
  readonly refusedAs: string | null;
}

const timeoutMs = 15_000;

/** Tells the cloud that this key is given up, then knocks with it once more. Never fails: what could not be done is said. */
export async function giveUpKey(options: {
  url: string;
  trust: CloudTrust;
  identity: GatewayIdentity;
  enrolled: Enrolled;
  lost: LostSamples | null;
  clock: Clock;
  random: () => number;
}): Promise<KeyRevocation> {
  const { url, trust, identity, enrolled, lost, clock, random } = options;
  const told = { outcome: 'not-told', detail: '', refusedAs: null } as const;
  try {
    trust.open();
    trust.accept(enrolled.cloudKeys ?? []);
    const tls = trust.tls({ enrolling: false });
    const token = await signToken(identity, enrolled, clock, random, decommissionAudience);
    const { status, body } = await postJson(`${url}/api/v1/decommissions`, { token, lost }, tls);
    const { code, detail } = (body ?? {}) as { code?: string; detail?: string };
    const isRevoked = status === 200 || code === 'gateway-revoked';
    if (!isRevoked) return { ...told, detail: `the cloud answered ${status} ${code ?? ''} ${detail ?? ''}`.trim() };
    const knock = await signToken(identity, enrolled, clock, random);
    return { ...(await knockWith(knock, { url, tls })), outcome: status === 200 ? 'revoked' : 'revoked-before' };
  } catch (error) {
    return { ...told, detail: messageOf(error) || String((error as NodeJS.ErrnoException).code ?? error) };
  }
}

/** How the cloud answers a connection with this token. */
function knockWith(
  token: string,
  to: { url: string; tls: ReturnType<CloudTrust['tls']> },
): Promise<Pick<KeyRevocation, 'detail' | 'refusedAs'>> {
  const socket = edgeSocket({ ...to, auth: { token }, timeoutMs });
  return new Promise<Pick<KeyRevocation, 'detail' | 'refusedAs'>>((resolve) => {
    socket.once('connect', () => resolve({ refusedAs: null, detail: 'the cloud still accepts this key' }));
    socket.once('connect_error', (error: Error & { data?: Refusal }) => {
      const refusedAs = error.data?.code ?? null;
      resolve({ refusedAs, detail: refusedAs === null ? `whether it is refused was not seen: ${error.message}` : '' });
    });
    socket.connect();
  }).finally(() => socket.disconnect());
}
