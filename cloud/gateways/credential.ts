import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { decodeJwt, importJWK, jwtVerify } from 'jose';
import { isSuspended } from '../access/standing.ts';
import type { GatewayRecord, Records } from '../records/records.ts';

/** Longest life of a token a gateway may sign for itself, seconds. */
const tokenLifetimeMax = 15 * 60;

/** Checks the token a gateway signs with its own key. The cloud holds only public keys: there is nothing here to steal. */
export class GatewayCredential {
  readonly #records: Records;
  readonly #clock: Clock;

  constructor(options: { records: Records; clock: Clock }) {
    this.#records = options.records;
    this.#clock = options.clock;
  }

  /** @throws Problem token-invalid (wrong, foreign, outdated) or gateway-revoked or tenant-suspended */
  async verify(token: unknown, audience = 'gongfu-cloud'): Promise<GatewayRecord> {
    const gateway = await this.#claimedGateway(token);
    try {
      const { payload } = await jwtVerify(token as string, await importJWK(gateway.publicKey, 'EdDSA'), {
        algorithms: ['EdDSA'],
        issuer: gateway._id,
        audience,
        requiredClaims: ['iat', 'exp'],
        clockTolerance: 60,
        currentDate: new Date(this.#clock.now()),
      });
      if ((payload.exp ?? 0) - (payload.iat ?? 0) > tokenLifetimeMax) throw new Error('it is valid for too long');
      // A clock may be wrong by as much as a token may live; more would be a token made to be used much later.
      if ((payload.iat ?? 0) * 1000 > this.#clock.now() + tokenLifetimeMax * 1000)
        throw new Error('it is dated in the future');
    } catch (error) {
      throw tokenInvalid(messageOf(error));
    }
    // Only whoever holds the key learns that it was revoked.
    if (gateway.status === 'revoked') {
      throw new Problem({
        code: 'gateway-revoked',
        detail: `gateway ${gateway.name} was revoked`,
        advice: 'Enrol it again with a new one-time code if it is to deliver again; its buffer is kept.',
        reaction: 'stop',
        status: 403,
      });
    }
    if (await isSuspended(this.#records, gateway.tenantId)) {
      throw new Problem({
        code: 'tenant-suspended',
        detail: `the tenant of gateway ${gateway.name} is suspended`,
        advice: 'Ask whoever runs the platform; what is read meanwhile stays in the buffer and comes later.',
        reaction: 'retry',
        status: 403,
      });
    }
    return gateway;
  }

  async #claimedGateway(token: unknown): Promise<GatewayRecord> {
    let issuer: string | undefined;
    try {
      issuer = typeof token === 'string' ? decodeJwt(token).iss : undefined;
    } catch {
      issuer = undefined;
    }
    if (issuer === undefined) throw tokenInvalid('it is no token of a gateway');
    const gateway = await this.#records.gateways.findOne({ _id: String(issuer) }).lean<GatewayRecord>();
    if (gateway === null) throw tokenInvalid('no such gateway is enrolled');
    return gateway;
  }
}

function tokenInvalid(reason: string): Problem {
  return new Problem({
    code: 'token-invalid',
    detail: `the gateway's token is refused: ${reason}`,
    advice: 'Check the clock of the gateway; if that is right, enrol it again with a new one-time code.',
    reaction: 'retry',
    status: 401,
  });
}
