import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

export interface RsaIdentity {
  readonly der: Buffer;
  readonly pem: string;
  readonly keyPem: string;
}

/** A self-signed certificate and its key as OPC UA wants them, good for that many days from yesterday. */
export async function makeRsaIdentity(name: string, applicationUri: string, days = 30): Promise<RsaIdentity> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const from = Date.now() - 86_400_000;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(from),
      notAfter: new Date(from + days * 86_400_000),
      extensions: [new SubjectAlternativeNameExtension([{ type: 'url', value: applicationUri }])],
    },
    webcrypto,
  );
  const keyPem = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { der: Buffer.from(certificate.rawData), pem: certificate.toString('pem'), keyPem };
}
