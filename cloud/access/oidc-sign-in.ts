import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { LocalText } from '@gongfu/shared/model/asset';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { UserRecord } from '../records/records.ts';
import { countAttempt } from './attempt-limit.ts';
import type { AuditEntry, AuditTrail } from './audit-trail.ts';
import type { ExternalUsers } from './external-users.ts';
import type { AttemptSecrets, OidcClient } from './oidc-client.ts';
import type { Sessions, SignedIn } from './session.ts';

const attemptLivesMs = 10 * 60_000;
const attemptsMax = 5_000;
const perAddressMax = 60;
const windowSeconds = 300;

interface Attempt extends AttemptSecrets {
  readonly proofHash: Buffer;
  readonly expiresAt: number;
}

export interface Provider {
  /** What the button says after `Sign in with`. */
  readonly label: LocalText;
  readonly client: Pick<OidcClient, 'address' | 'claims'>;
  readonly users: Pick<ExternalUsers, 'userOf'>;
  /** Whose users they become. */
  readonly tenantId: string;
}

export interface OidcReturn {
  /** What `begin` gave the tab that began. */
  readonly proof: string;
  /** The query the provider sent the browser back with. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly address: string;
  readonly device: string | undefined;
}

/**
 * Signing in with an identity provider. An attempt is bound to the tab that began it by a proof only that tab has, so
 * that nobody can make somebody else finish their attempt; it works once and for ten minutes.
 */
export class OidcSignIn {
  readonly #provider: Provider | undefined;
  readonly #sessions: Pick<Sessions, 'begin' | 'requireStanding'>;
  readonly #audit: AuditTrail;
  readonly #clock: Clock;
  readonly #attempts = new Map<string, Attempt>();
  readonly #byAddress = new RateLimiterMemory({
    keyPrefix: 'oidc',
    points: perAddressMax,
    duration: windowSeconds,
  });

  constructor(options: {
    /** Undefined where none is configured. */
    provider: Provider | undefined;
    sessions: Pick<Sessions, 'begin' | 'requireStanding'>;
    audit: AuditTrail;
    clock: Clock;
  }) {
    this.#provider = options.provider;
    this.#sessions = options.sessions;
    this.#audit = options.audit;
    this.#clock = options.clock;
  }

  get label(): LocalText | null {
    return this.#provider?.label ?? null;
  }

  /** @throws Problem `oidc-absent`, `oidc-unreachable`, `sign-in-too-often` */
  async begin(address: string): Promise<{ url: string; proof: string }> {
    const { client } = this.#required();
    await countAttempt(this.#byAddress, address);
    const [state, nonce, verifier, proof] = [random(), random(), random(), random()];
    const url = await client.address({ state, nonce, verifier });
    this.#keep({ state, nonce, verifier, proofHash: hashOf(proof), expiresAt: this.#clock.now() + attemptLivesMs });
    return { url, proof };
  }

  /** @throws Problem `oidc-attempt-unknown`, `oidc-refused`, `oidc-answer-invalid`, `oidc-role-missing`, `user-disabled` … */
  async finish(back: OidcReturn): Promise<SignedIn> {
    const { address, device = '' } = back;
    const { client, users, tenantId } = this.#required();
    try {
      const attempt = this.#spend(back);
      const user = await users.userOf(await client.claims(back.parameters, attempt));
      await this.#sessions.requireStanding(user);
      // First the trail, then the door: nobody gets in unseen.
      await this.#audit.record(entryOf(tenantId, user, { outcome: 'done', detail: 'oidc', address }));
      return await this.#sessions.begin(user, { address, device });
    } catch (error) {
      const detail = error instanceof Problem ? error.code : 'internal';
      await this.#audit.note(entryOf(tenantId, undefined, { outcome: 'refused', detail, address }));
      throw error;
    }
  }

  #keep(attempt: Attempt): void {
    const now = this.#clock.now();
    for (const [state, { expiresAt }] of this.#attempts) {
      // In the order they began, so the first that still lives ends it.
      if (expiresAt > now && this.#attempts.size < attemptsMax) break;
      this.#attempts.delete(state);
    }
    this.#attempts.set(attempt.state, attempt);
  }

  #spend({ parameters, proof }: OidcReturn): Attempt {
    const attempt = this.#attempts.get(parameters.state ?? '');
    if (attempt === undefined || !timingSafeEqual(attempt.proofHash, hashOf(proof))) throw attemptUnknown();
    this.#attempts.delete(attempt.state);
    if (attempt.expiresAt <= this.#clock.now()) throw attemptUnknown();
    return attempt;
  }

  #required(): Provider {
    if (this.#provider !== undefined) return this.#provider;
    throw new Problem({
      code: 'oidc-absent',
      detail: 'No identity provider is configured here.',
      advice: 'Sign in with name and password.',
      reaction: 'drop',
      status: 404,
    });
  }
}

function entryOf(
  tenantId: string,
  user: UserRecord | undefined,
  result: Pick<AuditEntry, 'outcome' | 'detail' | 'address'>,
): AuditEntry {
  const actor: AuditEntry['actor'] =
    user === undefined ? { kind: 'unknown', id: '', name: '' } : { kind: 'user', id: user._id, name: user.name };
  return { tenantId, actor, action: 'sign-in', object: '', ...result };
}

function random(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(proof: string): Buffer {
  return createHash('sha256').update(proof).digest();
}

function attemptUnknown(): Problem {
  return new Problem({
    code: 'oidc-attempt-unknown',
    detail: 'This sign-in was not begun in this tab, was finished before, or took longer than ten minutes.',
    advice: 'Begin it again.',
    reaction: 'drop',
    status: 401,
  });
}
