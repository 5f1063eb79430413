import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

/** A person's certificate (`user.der`) and key (`user-key.pem`), good for that many days from yesterday. */
export async function makeUserCertificate(folder: string, days = 30): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const from = Date.now() - 86_400_000;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Installer',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(from),
      notAfter: new Date(from + days * 86_400_000),
    },
    webcrypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  await writeFile(join(folder, 'user.der'), Buffer.from(certificate.rawData));
  await writeFile(join(folder, 'user-key.pem'), key);
}
