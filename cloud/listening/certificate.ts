import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf, Problem } from '@gongfu/shared/base/problem';

export interface CertificateFiles {
  /** PEM: the service's own certificate first, then those that lead to its authority. */
  readonly certificate: string;
  /** PEM: the private key of that certificate. */
  readonly key: string;
}

/** A certificate and its key that fit together and hold now. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  /** Name of the public key, as `sha256/…`: what gateways pin. */
  readonly pin: string;
  /** UTC epoch ms. */
  readonly validTo: number;
}

/**
 * Reads both files and makes sure they can be served.
 * @throws Problem `tls-file-unreadable`, `tls-file-invalid`, `tls-key-foreign`, `tls-certificate-outdated`
 */
export function readCertificate(files: CertificateFiles, now: number): Certificate {
  const certificate = read(files.certificate);
  const key = read(files.key);
  const parsed = understood(files.certificate, 'certificate', () => new X509Certificate(certificate));
  const privateKey = understood(files.key, 'private key without passphrase', () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(privateKey)) throw keyForeign(files);
  refuseOutdated(files.certificate, parsed, now);
  // What is left can be wrong too: a key too short for TLS, a damaged certificate of an authority.
  understood(files.certificate, 'chain that TLS can use', () => createSecureContext({ cert: certificate, key }));
  return { certificate, key, pin: pinOf(parsed.publicKey), validTo: Date.parse(parsed.validTo) };
}

function pinOf(publicKey: KeyObject): string {
  const info = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(info).digest('base64')}`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Problem({
      code: 'tls-file-unreadable',
      detail: `${file} cannot be read: ${messageOf(cause)}`,
      advice: 'Check http.tls in the configuration and that the user of the service may read both files.',
      reaction: 'stop',
      cause,
    });
  }
}

function understood<T>(file: string, what: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (cause) {
    throw new Problem({
      code: 'tls-file-invalid',
      detail: `${file} holds no ${what} in PEM form: ${messageOf(cause)}`,
      advice: 'Give the certificate with its chain as http.tls.certificate and its private key as http.tls.key.',
      reaction: 'stop',
      cause,
    });
  }
}

function keyForeign({ certificate, key }: CertificateFiles): Problem {
  return new Problem({
    code: 'tls-key-foreign',
    detail: `the private key in ${key} does not belong to the first certificate in ${certificate}`,
    advice: 'Give the key the certificate was made for; in the certificate file the own certificate comes first.',
    reaction: 'stop',
  });
}

function refuseOutdated(file: string, { validFrom, validTo }: X509Certificate, now: number): void {
  const early = now < Date.parse(validFrom);
  if (!early && now < Date.parse(validTo)) return;
  throw new Problem({
    code: 'tls-certificate-outdated',
    detail: `the certificate in ${file} ${early ? `holds only from ${validFrom} on` : `ran out on ${validTo}`}`,
    advice: early ? 'Check the clock of this machine.' : 'Renew the certificate, then start again.',
    reaction: 'stop',
  });
}
