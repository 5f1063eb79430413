import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AuditEntry, AuditTrail } from '../access/audit-trail.ts';
import type { EnrolmentCodeRecord, GatewayRecord, Records } from '../records/records.ts';

export interface EnrolmentRequest {
  readonly code: string;
  readonly gatewayName: string;
  readonly publicKey: GatewayRecord['publicKey'];
  /** Of the asking side; wrong codes are counted by it. */
  readonly address: string;
}

const codeBytes = 20;
const codeLifetimeMs = 24 * 3600 * 1000;
/** Crockford's alphabet: no letter that can be taken for a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const wrongCodesPerHour = 20;

/**
 * A one-time code lets one gateway of one name register its public key. Enrolling a name again gives the same gateway
 * (and its history) a new key: that is how a replaced box or a lost disk comes back, and it needs a new code each time.
 */
export class Enrolment {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #randomBytes: (size: number) => Uint8Array;
  readonly #audit: AuditTrail;
  readonly #homeTenantId: string;
  readonly #wrongCodes = new RateLimiterMemory({ points: wrongCodesPerHour, duration: 3600 });

  constructor(options: {
    records: Records;
    clock: Clock;
    randomBytes: (size: number) => Uint8Array;
    audit: AuditTrail;
    /** Whose audit names attempts with a code nobody made. */
    homeTenantId: string;
  }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#randomBytes = options.randomBytes;
    this.#audit = options.audit;
    this.#homeTenantId = options.homeTenantId;
  }

  /** The code is shown once; only its hash is kept. */
  async createCode(tenantId: string, gatewayName: string): Promise<{ code: string; expiresAt: number }> {
    const code = codeText(this.#randomBytes(codeBytes));
    const createdAt = this.#clock.now();
    const expiresAt = createdAt + codeLifetimeMs;
    const record: EnrolmentCodeRecord = {
      _id: hashOf(code),
      tenantId,
      gatewayName,
      createdAt,
      expiresAt,
      usedAt: null,
    };
    await this.#records.enrolmentCodes.create(record);
    return { code, expiresAt };
  }

  /** @throws Problem enrolment-code-{unknown,used,expired,other-name}, too-many-attempts */
  async enrol(request: EnrolmentRequest): Promise<{ gatewayId: string; tenantId: string }> {
    await this.#refuseGuessing(request.address);
    const code = await this.#records.enrolmentCodes.findOne({ _id: hashOf(request.code) }).lean<EnrolmentCodeRecord>();
    if (code === null) await this.#wrongCodes.penalty(request.address);
    try {
      return await this.#trade(code, request);
    } catch (error) {
      const refused = error instanceof Problem && error.status < 500;
      const detail = error instanceof Problem ? error.code : 'internal';
      await this.#audit.note(this.#entry(code, request, { outcome: refused ? 'refused' : 'failed', detail }));
      throw error;
    }
  }

  async #trade(
    code: EnrolmentCodeRecord | null,
    request: EnrolmentRequest,
  ): Promise<{ gatewayId: string; tenantId: string }> {
    if (code === null) throw codeProblem('enrolment-code-unknown', 'the one-time code is not known');
    if (code.usedAt !== null) throw codeProblem('enrolment-code-used', 'the one-time code was already used');
    if (code.expiresAt <= this.#clock.now())
      throw codeProblem('enrolment-code-expired', 'the one-time code is too old');
    if (code.gatewayName !== request.gatewayName) {
      const detail = `the one-time code was made for another gateway than ${request.gatewayName}`;
      throw codeProblem('enrolment-code-other-name', detail);
    }
    await this.#audit.record(this.#entry(code, request, { outcome: 'begun', detail: '' }));
    // The condition on usedAt lets exactly one of two simultaneous tries through.
    const taken = await this.#records.enrolmentCodes.updateOne(
      { _id: code._id, usedAt: null },
      { $set: { usedAt: this.#clock.now() } },
    );
    if (taken.modifiedCount !== 1) throw codeProblem('enrolment-code-used', 'the one-time code was already used');
    const gatewayId = await this.#register(code.tenantId, request);
    await this.#audit.note(this.#entry(code, request, { outcome: 'done', detail: gatewayId }));
    return { gatewayId, tenantId: code.tenantId };
  }

  #entry(
    code: EnrolmentCodeRecord | null,
    { gatewayName, address }: EnrolmentRequest,
    result: Pick<AuditEntry, 'outcome' | 'detail'>,
  ): AuditEntry {
    const actor: AuditEntry['actor'] = { kind: code === null ? 'unknown' : 'gateway', id: '', name: gatewayName };
    const tenantId = code?.tenantId ?? this.#homeTenantId;
    return { tenantId, actor, action: 'gateway-enrol', object: gatewayName, address, ...result };
  }

  async #register(tenantId: string, { gatewayName, publicKey }: EnrolmentRequest): Promise<string> {
    const keyed = { status: 'enrolled', publicKey, enrolledAt: this.#clock.now() } as const;
    const fresh = Buffer.from(this.#randomBytes(12)).toString('hex');
    const gateway = await this.#records.gateways
      .findOneAndUpdate(
        { tenantId, name: gatewayName },
        { $set: keyed, $setOnInsert: { _id: fresh, lastSeenAt: null } },
        { upsert: true, returnDocument: 'after' },
      )
      .lean<GatewayRecord>();
    return gateway?._id ?? fresh;
  }

  async #refuseGuessing(address: string): Promise<void> {
    const state = await this.#wrongCodes.get(address);
    if (state === null || state.consumedPoints < wrongCodesPerHour) return;
    throw new Problem({
      code: 'too-many-attempts',
      detail: `${wrongCodesPerHour} wrong one-time codes came from this address`,
      advice: 'Wait, then enter a code that was made for this gateway.',
      reaction: 'retry',
      status: 429,
      retryAfterMs: state.msBeforeNext,
    });
  }
}

function codeProblem(code: string, detail: string): Problem {
  return new Problem({
    code,
    detail,
    advice: 'Make a new code for this gateway name (POST /api/v1/gateways) and enter it within a day.',
    reaction: 'stop',
    status: 403,
  });
}

/** 160 bits as eight groups of four. */
function codeText(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let n = 0; n < (bytes.length * 8) / 5; n += 1) {
    text = alphabet[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return text.match(/.{4}/g)?.join('-') ?? text;
}

/** As people type it: case, spaces and hyphens do not matter. */
function hashOf(code: string): string {
  return createHash('sha256').update(code.toUpperCase().replace(/[\s-]/g, '')).digest('hex');
}
