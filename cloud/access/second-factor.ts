import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { Secret, TOTP } from 'otpauth';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Records, SecondFactorRecord } from '../records/records.ts';
import { countAttempt } from './attempt-limit.ts';
import { randomGroups } from './password.ts';
import type { Principal } from './principal.ts';

/** As every app understands them (RFC 6238): SHA-1, six digits, half a minute. */
const codeRules = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const secretBytes = 20;
/** Clocks of phones differ: one half minute before and after is borne. */
const stepsBorne = 1;
const recoveryCodes = 10;
const recoveryGroups = 3;
/** A code has six digits: few wrong ones may be tried. */
export const codeFailuresMax = 5;
const windowSeconds = 300;

export interface SecondFactorStatus {
  readonly enabled: boolean;
  readonly recoveryCodesLeft: number;
}

/** The second step of a sign-in: a code of an app, or one of ten recovery codes, each good once. */
export class SecondFactors {
  readonly #records: Pick<Records, 'secondFactors'>;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #failures = new RateLimiterMemory({
    keyPrefix: 'code',
    points: codeFailuresMax,
    duration: windowSeconds,
  });

  constructor(options: {
    records: Pick<Records, 'secondFactors'>;
    clock: Clock;
    /** Cryptographic; node:crypto unless told. */
    random?: (bytes: number) => Uint8Array;
  }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#random = options.random ?? randomBytes;
  }

  async status(userId: string): Promise<SecondFactorStatus> {
    const factor = await this.#confirmed(userId);
    return { enabled: factor !== null, recoveryCodesLeft: factor?.recoveryHashes.length ?? 0 };
  }

  /** A new secret, which counts when a first code confirms it. @throws Problem `second-factor-present` */
  async begin({ userId, userName, tenantId }: Principal): Promise<{ secret: string; uri: string }> {
    if ((await this.#confirmed(userId)) !== null) throw present();
    const secret = new Secret({ buffer: new Uint8Array(this.#random(secretBytes)).buffer });
    const fresh = { tenantId, secret: secret.base32, createdAt: this.#clock.now(), lastStep: 0, recoveryHashes: [] };
    try {
      await this.#records.secondFactors.updateOne(
        { _id: userId, confirmedAt: null },
        { $set: { ...fresh, confirmedAt: null } },
        { upsert: true },
      );
    } catch (error) {
      // Confirmed a moment ago, in another window.
      if ((error as { code?: unknown }).code === 11_000) throw present();
      throw error;
    }
    const uri = new TOTP({ ...codeRules, issuer: 'Gongfu', label: userName, secret }).toString();
    return { secret: secret.base32, uri };
  }

  /** The app has the secret: from now on it is asked for. @throws Problem `second-factor-wrong`, `second-factor-absent` */
  async confirm(userId: string, code: string): Promise<string[]> {
    const factor = await this.#records.secondFactors.findOne({ _id: userId, confirmedAt: null }).lean();
    if (factor === null) throw absent();
    const step = this.#stepOf(factor, code);
    if (step === undefined) throw wrong(422);
    const { codes, hashes } = this.#newRecoveryCodes();
    const kept = await this.#records.secondFactors.updateOne(
      { _id: userId, confirmedAt: null, secret: factor.secret },
      { $set: { confirmedAt: this.#clock.now(), lastStep: step, recoveryHashes: hashes } },
    );
    if (kept.matchedCount !== 1) throw absent();
    return codes;
  }

  /** Ten new recovery codes; the old ones end. @throws Problem `second-factor-wrong`, `second-factor-absent` */
  async renewRecoveryCodes(userId: string, code: string): Promise<string[]> {
    await this.#requireOwn(userId, code);
    const { codes, hashes } = this.#newRecoveryCodes();
    await this.#records.secondFactors.updateOne({ _id: userId }, { $set: { recoveryHashes: hashes } });
    return codes;
  }

  /** @throws Problem `second-factor-wrong`, `second-factor-absent` */
  async remove(userId: string, code: string): Promise<void> {
    await this.#requireOwn(userId, code);
    await this.drop(userId);
  }

  /** Those of the users who are asked for it. */
  async holders(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#records.secondFactors
      .find({ _id: { $in: [...userIds] }, confirmedAt: { $ne: null } })
      .select('_id')
      .lean<{ _id: string }[]>();
    return new Set(found.map(({ _id }) => _id));
  }

  /** Without a code: by an administrator, or because the user goes. */
  async drop(userId: string): Promise<void> {
    await this.#records.secondFactors.deleteOne({ _id: userId });
  }

  /** @throws Problem `second-factor-needed`, `second-factor-wrong` (401), `sign-in-too-often` */
  async require(userId: string, code: string | undefined): Promise<void> {
    const factor = await this.#confirmed(userId);
    if (factor === null) return;
    if (code === undefined) throw needed();
    if (!(await this.#spend(factor, code))) throw wrong(401);
  }

  async #requireOwn(userId: string, code: string): Promise<void> {
    const factor = await this.#confirmed(userId);
    if (factor === null) throw absent();
    if (!(await this.#spend(factor, code))) throw wrong(422);
  }

  #confirmed(userId: string): Promise<SecondFactorRecord | null> {
    return this.#records.secondFactors.findOne({ _id: userId, confirmedAt: { $ne: null } }).lean<SecondFactorRecord>();
  }

  /** True once for each code: the condition of the update decides between two who come with the same. */
  async #spend(factor: SecondFactorRecord, typed: string): Promise<boolean> {
    await countAttempt(this.#failures, factor._id);
    const code = typed.replace(/[\s-]/g, '').toLowerCase();
    const spent = /^\d{6}$/.test(code) ? await this.#spendStep(factor, code) : await this.#spendRecovery(factor, code);
    if (spent) await this.#failures.delete(factor._id);
    return spent;
  }

  async #spendStep(factor: SecondFactorRecord, code: string): Promise<boolean> {
    const step = this.#stepOf(factor, code);
    if (step === undefined) return false;
    const spent = await this.#records.secondFactors.updateOne(
      { _id: factor._id, secret: factor.secret, lastStep: { $lt: step } },
      { $set: { lastStep: step } },
    );
    return spent.matchedCount === 1;
  }

  async #spendRecovery(factor: SecondFactorRecord, code: string): Promise<boolean> {
    const hash = hashOf(code);
    const spent = await this.#records.secondFactors.updateOne(
      { _id: factor._id, recoveryHashes: hash },
      { $pull: { recoveryHashes: hash } },
    );
    return spent.matchedCount === 1;
  }

  /** Number of the half minute the code belongs to; undefined for a code of none that is borne. */
  #stepOf({ secret }: SecondFactorRecord, code: string): number | undefined {
    const now = this.#clock.now();
    const token = code.replace(/[\s-]/g, '');
    const totp = new TOTP({ ...codeRules, secret });
    const delta = totp.validate({ token, timestamp: now, window: stepsBorne });
    return delta === null ? undefined : totp.counter({ timestamp: now }) + delta;
  }

  #newRecoveryCodes(): { codes: string[]; hashes: string[] } {
    const codes = Array.from({ length: recoveryCodes }, () => randomGroups(this.#random, recoveryGroups));
    return { codes, hashes: codes.map((code) => hashOf(code.replaceAll('-', ''))) };
  }
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

function needed(): Problem {
  return new Problem({
    code: 'second-factor-needed',
    detail: 'The password is right; this user signs in with a code too.',
    advice: 'Send it as `code`: of the app, or a recovery code.',
    reaction: 'drop',
    status: 401,
  });
}

function wrong(status: 401 | 422): Problem {
  return new Problem({
    code: 'second-factor-wrong',
    detail: 'The code is wrong, was used before, or its half minute is over.',
    advice: 'Wait for the next code of the app and check the clock of the phone, or use a recovery code.',
    reaction: 'drop',
    status,
  });
}

function present(): Problem {
  return new Problem({
    code: 'second-factor-present',
    detail: 'This user signs in with a code already.',
    advice: 'Remove the second step first; then begin with another app.',
    reaction: 'drop',
    status: 409,
  });
}

function absent(): Problem {
  return new Problem({
    code: 'second-factor-absent',
    detail: 'This user has no second step, or none that waits to be confirmed.',
    advice: 'Begin with POST /api/v1/account/second-factor.',
    reaction: 'drop',
    status: 409,
  });
}
