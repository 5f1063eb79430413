import { expect } from 'chai';
import { CertificateList } from '#edge/drivers/opcua/certificate-list';
import { opcuaSourceSchema } from '#edge/drivers/opcua/config';
import { diagnose } from '#edge/drivers/opcua/diagnosis';
import { problemCatalogue } from '#edge/problems';

const source = opcuaSourceSchema.parse({ endpoint: 'opc.tcp://plc:4840', user: 'edge', password: 'Geheim-77' });
const scene = { source, certificates: new CertificateList('/nowhere/pki'), offered: [] };

describe('OPC UA diagnosis', () => {
  it('knows what the messages of the client mean', () => {
    const codes = (
      [
        'serviceResult = BadUserAccessDenied (0x801f0000)',
        'serviceResult = BadIdentityTokenRejected (0x80210000)',
        'server Certificate verification failed with err BadCertificateUntrusted',
        'serviceResult = BadSecurityChecksFailed (0x80130000)',
        'serviceResult = BadTooManySessions (0x80560000)',
        'Cannot find an Endpoint matching security mode',
        'End point must exist opc.tcp://plc:4840/ securityMode = None',
        'server Certificate verification failed with err BadCertificateTimeInvalid',
        'no subscription: BadServiceUnsupported',
        'no subscription: BadTooManySubscriptions',
        'whatever else',
      ] as const
    ).map((text) => diagnose(new Error(text), scene).code);
    expect(codes).to.deep.equal([
      'opcua-sign-in-refused',
      'opcua-sign-in-refused',
      'opcua-server-untrusted',
      'opcua-gateway-untrusted',
      'opcua-server-full',
      'opcua-security-refused',
      'opcua-security-refused',
      'opcua-server-certificate-expired',
      'opcua-no-subscriptions',
      'opcua-unreachable',
      'opcua-unreachable',
    ]);
    for (const code of codes) expect(problemCatalogue).to.have.property(code);
  });

  it('keeps what the system said, on one line', () => {
    const text = `The connection cannot be established with server opc.tcp://plc:4840 .
      Please check.
      Err = (connect ECONNREFUSED 10.0.0.1:4840)`;
    expect(diagnose(new Error(text), scene).message).to.equal(
      'opc.tcp://plc:4840 cannot be used: connect ECONNREFUSED 10.0.0.1:4840',
    );
  });

  it('never takes the password along, nor the error that carries it', () => {
    const error = Object.assign(new Error('serviceResult = BadUserAccessDenied'), {
      request: { password: 'Geheim-77' },
    });
    const problem = diagnose(error, scene);
    const everything = [problem.message, problem.advice, problem.stack, JSON.stringify(problem), problem.cause];
    expect(everything.join()).not.to.include('Geheim-77');
    expect(problem.cause).to.equal(undefined);
  });
});
