import type { KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { ed25519Pair } from '../../kit/ed25519-pair.ts';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

describe('gateways: decommissioning', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let administrator: string;

  before(async () => {
    await service.start();
    administrator = await service.tokenOf(userNames.administrator);
  });
  after(() => service.stop());

  const enrolled = async (name: string): Promise<{ id: string; key: KeyObject }> => {
    const { body } = await service.ask('post', '/api/v1/gateways', { token: administrator, body: { name } });
    const { privateKey, publicKey } = ed25519Pair();
    const jwk = publicKey.export({ format: 'jwk' });
    const asked = { code: body.code, gatewayName: name, publicKey: jwk };
    const answer = await service.ask('post', '/api/v1/enrolments', { body: asked });
    return { id: String(answer.body.gatewayId), key: privateKey };
  };
  const token = (id: string, key: KeyObject, audience = 'gongfu-cloud/decommission') =>
    new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(id)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(key);
  const decommission = async (signed: string, lost: object | null = null) => {
    const { status, body } = await service.ask('post', '/api/v1/decommissions', { body: { token: signed, lost } });
    return [status, body.code ?? body.name];
  };
  const statusOf = async (id: string) => {
    const { body } = await service.ask('get', '/api/v1/gateways', { token: administrator });
    return (body.items as { id: string; status: string }[]).find((one) => one.id === id)?.status;
  };

  it('takes the word of the key alone, made for this and nothing else, once; the audit tells what was lost', async () => {
    const leaving = await enrolled('leaving');
    const staying = await enrolled('staying');
    expect(await decommission(await token(leaving.id, staying.key)), 'the key of another').to.deep.equal([
      401,
      'token-invalid',
    ]);
    expect(await decommission(await token(leaving.id, leaving.key, 'gongfu-cloud')), 'made to connect').to.deep.equal([
      401,
      'token-invalid',
    ]);
    expect(await statusOf(leaving.id)).to.equal('enrolled');
    const word = await token(leaving.id, leaving.key);
    const lost = { samples: 12, fromTime: 0, toTime: 60_000 };
    expect(await decommission(word, lost)).to.deep.equal([200, 'leaving']);
    expect([await statusOf(leaving.id), await statusOf(staying.id)]).to.deep.equal(['revoked', 'enrolled']);
    expect(await decommission(word)).to.deep.equal([403, 'gateway-revoked']);

    const { body } = await service.ask('get', '/api/v1/audit?action=gateway-decommission', { token: administrator });
    const told = (body.items as { actor: { kind: string }; object: string; outcome: string; detail: string }[]).map(
      ({ actor, object, outcome, detail }) => [actor.kind, object === leaving.id, outcome, detail],
    );
    const loss = 'lost=12 from=1970-01-01T00:00:00.000Z to=1970-01-01T00:01:00.000Z';
    expect(told.reverse()).to.deep.equal([
      ['unknown', false, 'refused', 'token-invalid'],
      ['gateway', true, 'begun', loss],
      ['gateway', true, 'done', loss],
      ['unknown', false, 'refused', 'gateway-revoked'],
    ]);
  });
});
