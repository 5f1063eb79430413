import 'reflect-metadata';
import { createHash, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  type JsonGeneralNames,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 3_600_000;

/** What goes into two files. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly pin: string;
}

/** A certificate authority of the test's own. */
export class Authority {
  readonly #certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
  }

  static async make(name = 'CN=Test authority'): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        name,
        keys,
        signingAlgorithm: algorithm,
        notBefore: new Date(Date.now() - dayMs),
        notAfter: new Date(Date.now() + 3650 * dayMs),
        extensions: [new BasicConstraintsExtension(true, 1, true)],
      },
      webcrypto,
    );
    return new Authority(certificate, keys);
  }

  get pem(): string {
    return this.#certificate.toString('pem');
  }

  /** A certificate for 127.0.0.1 and localhost unless told, good from yesterday for that many days. */
  async issue(options: { days?: number; from?: number; names?: JsonGeneralNames } = {}): Promise<Issued> {
    const { days = 90, from = Date.now() - dayMs } = options;
    const names = options.names ?? [
      { type: 'ip', value: '127.0.0.1' },
      { type: 'dns', value: 'localhost' },
    ];
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create(
      {
        subject: 'CN=gongfu',
        issuer: this.#certificate.subject,
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: new Date(from),
        notAfter: new Date(from + days * dayMs),
        extensions: [new BasicConstraintsExtension(false), new SubjectAlternativeNameExtension(names)],
      },
      webcrypto,
    );
    const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    const pem = certificate.toString('pem');
    return { certificate: pem, key, pin: pinOf(pem) };
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

/** As `openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64` says it. */
function pinOf(pem: string): string {
  const info = new NodeCertificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(info).digest('base64')}`;
}
