import { randomBytes } from 'node:crypto';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { Secret, TOTP } from 'otpauth';
import type { Principal } from '#cloud/access/principal';
import { codeFailuresMax, SecondFactors } from '#cloud/access/second-factor';
import { FakeClock } from '../../kit/fake-clock.ts';
import { makeRecords, type RecordsFixture } from './access-fixture.ts';

const rfcSecret = Buffer.from('12345678901234567890');
/** RFC 6238, appendix B, SHA-1; of the eight digits the last six. */
const rfcVectors: readonly (readonly [seconds: number, code: string])[] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
];

describe('second step of the sign-in', () => {
  let fixture: RecordsFixture;
  let clock: FakeClock;
  let factors: SecondFactors;
  const li = { userId: 'user-li', userName: 'li', tenantId: 'qingdao' } as Principal;

  beforeEach(async () => {
    fixture = await makeRecords();
    clock = new FakeClock();
    factors = new SecondFactors({ records: fixture.records, clock });
  });
  afterEach(() => fixture.remove());

  const codeAt = (secret: string, timestamp = clock.now()) =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
  const codeOf = async (work: Promise<unknown>) => {
    try {
      await work;
      return 'taken';
    } catch (error) {
      return error instanceof Problem ? error.code : String(error);
    }
  };
  /** A confirmed app; the half minute after, so that its next code is a new one. */
  const enrolled = async () => {
    const { secret } = await factors.begin(li);
    const recovery = await factors.confirm(li.userId, codeAt(secret));
    clock.advance(30_000);
    return { secret, recovery };
  };

  it('understands the codes of RFC 6238', async () => {
    for (const [seconds, code] of rfcVectors) {
      const at = new FakeClock(seconds * 1_000);
      // Only the secret is of twenty bytes.
      const random = (bytes: number) => (bytes === rfcSecret.length ? rfcSecret : randomBytes(bytes));
      const own = new SecondFactors({ records: fixture.records, clock: at, random });
      await own.begin({ ...li, userId: `user-${seconds}` });
      expect(await own.confirm(`user-${seconds}`, code), code).to.have.length(10);
    }
  });

  it('gives an address every app reads, with the name of the user', async () => {
    const { uri, secret } = await factors.begin(li);
    const address = new URL(uri);
    expect(decodeURIComponent(address.pathname)).to.equal('/Gongfu:li');
    expect(address.searchParams.get('secret')).to.equal(secret);
    expect(Secret.fromBase32(secret).bytes).to.have.length(20);
  });

  it('asks for nothing before a code confirms it, and begins anew until then', async () => {
    const first = await factors.begin(li);
    expect(await codeOf(factors.require(li.userId, undefined))).to.equal('taken');
    const second = await factors.begin(li);
    expect(await codeOf(factors.confirm(li.userId, codeAt(first.secret)))).to.equal('second-factor-wrong');
    await factors.confirm(li.userId, codeAt(second.secret));
    expect(await factors.status(li.userId)).to.deep.equal({ enabled: true, recoveryCodesLeft: 10 });
    expect(await codeOf(factors.require(li.userId, undefined))).to.equal('second-factor-needed');
    expect(await codeOf(factors.begin(li))).to.equal('second-factor-present');
    expect(await codeOf(factors.confirm(li.userId, codeAt(second.secret)))).to.equal('second-factor-absent');
  });

  it('takes a code once, also when two come with it at the same time', async () => {
    const { secret } = await enrolled();
    const code = codeAt(secret);
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(factors.require(li.userId, code))));
    expect(outcomes.filter((outcome) => outcome === 'taken')).to.have.length(1);
    expect(outcomes.filter((outcome) => outcome === 'second-factor-wrong')).to.have.length(2);
    clock.advance(30_000);
    expect(await codeOf(factors.require(li.userId, code)), 'borne by the clock, but used').to.equal(
      'second-factor-wrong',
    );
    expect(await codeOf(factors.require(li.userId, codeAt(secret)))).to.equal('taken');
  });

  it('does not take the confirming code again', async () => {
    const { secret } = await factors.begin(li);
    const code = codeAt(secret);
    await factors.confirm(li.userId, code);
    expect(await codeOf(factors.require(li.userId, code))).to.equal('second-factor-wrong');
  });

  it('bears a phone half a minute early or late, not more', async () => {
    const { secret } = await enrolled();
    clock.advance(300_000);
    const now = clock.now();
    for (const [offset, outcome] of [
      [-60_000, 'second-factor-wrong'],
      [60_000, 'second-factor-wrong'],
      [-30_000, 'taken'],
      [30_000, 'taken'],
    ] as const) {
      expect(await codeOf(factors.require(li.userId, codeAt(secret, now + offset))), String(offset)).to.equal(outcome);
    }
  });

  it('holds after five wrong codes, for right ones too', async () => {
    const { secret } = await enrolled();
    for (let n = 0; n < codeFailuresMax; n += 1) {
      expect(await codeOf(factors.require(li.userId, `${n}00000`))).to.equal('second-factor-wrong');
    }
    expect(await codeOf(factors.require(li.userId, codeAt(secret)))).to.equal('sign-in-too-often');
    const wang = { ...li, userId: 'user-wang' };
    const other = await factors.begin(wang);
    await factors.confirm(wang.userId, codeAt(other.secret));
    clock.advance(30_000);
    expect(await codeOf(factors.require(wang.userId, codeAt(other.secret)))).to.equal('taken');
  });

  it('takes each recovery code once, however it is typed, and keeps only hashes', async () => {
    const { recovery } = await enrolled();
    expect(new Set(recovery).size).to.equal(10);
    expect(recovery[0]).to.match(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
    const kept = JSON.stringify(await fixture.records.secondFactors.findById(li.userId).lean());
    for (const code of recovery) expect(kept).to.not.include(code).and.to.not.include(code.replaceAll('-', ''));
    const typed = recovery[3]!.toUpperCase().replaceAll('-', ' ');
    const outcomes = await Promise.all([1, 2].map(() => codeOf(factors.require(li.userId, typed))));
    expect(outcomes.sort()).to.deep.equal(['second-factor-wrong', 'taken']);
    expect((await factors.status(li.userId)).recoveryCodesLeft).to.equal(9);
  });

  it('renews the recovery codes and is removed only with a code', async () => {
    const { secret, recovery } = await enrolled();
    expect(await codeOf(factors.renewRecoveryCodes(li.userId, '000000'))).to.equal('second-factor-wrong');
    const fresh = await factors.renewRecoveryCodes(li.userId, codeAt(secret));
    expect(await codeOf(factors.require(li.userId, recovery[0]))).to.equal('second-factor-wrong');
    expect(await codeOf(factors.require(li.userId, fresh[0]))).to.equal('taken');
    expect(await codeOf(factors.remove(li.userId, 'nonsense'))).to.equal('second-factor-wrong');
    expect(await codeOf(factors.remove(li.userId, fresh[1]!))).to.equal('taken');
    expect(await codeOf(factors.require(li.userId, undefined))).to.equal('taken');
  });
});
