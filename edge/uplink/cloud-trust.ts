import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { messageOf, Problem } from '@gongfu/shared/base/problem';

/** What TLS is told for a connection to the cloud; empty options mean the authorities of the system. */
export interface TlsOptions {
  readonly ca?: string;
  checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined;
}

/**
 * Whom this gateway takes for its cloud: an authority vouches for the certificate, and the key is one it knows. A
 * certificate of the same authority with another key is refused: somebody may stand in between.
 */
export class CloudTrust {
  readonly #url: string;
  readonly #caFile: string | undefined;
  readonly #configured: readonly string[];
  readonly #pins: boolean;
  #ca: string | undefined;
  #learnt: readonly string[] = [];
  #shown: string | undefined;

  constructor(options: {
    url: string;
    /** PEM file of authorities; instead of those of the system. */
    caFile: string | undefined;
    /** Pins that are always accepted. */
    cloudKeys: readonly string[];
    /** False: any key the authority vouches for, unless keys are configured. */
    pinCloudKey: boolean;
  }) {
    this.#url = options.url;
    this.#caFile = options.caFile;
    this.#configured = options.cloudKeys;
    this.#pins = options.pinCloudKey;
  }

  /** Reads the authorities. @throws Problem `uplink-ca-unreadable` */
  open(): void {
    if (this.#caFile === undefined) return;
    try {
      const text = readFileSync(this.#caFile, 'utf8');
      // A file of another kind would be ignored without a word, and every certificate refused.
      new X509Certificate(text);
      this.#ca = text;
    } catch (cause) {
      throw caUnreadable(this.#caFile, cause);
    }
  }

  /** The pins an enrolment or a hello has given. */
  accept(pins: readonly string[]): void {
    this.#learnt = this.#pins ? pins : [];
  }

  /** What is to be kept after a connection that was found good: the key it showed and those the cloud announced. */
  toKeep(announced: readonly string[] | undefined): readonly string[] {
    if (!this.#pins || this.#shown === undefined) return [];
    return [...new Set([this.#shown, ...(announced ?? this.#learnt)])].sort();
  }

  /** Of one connection; `enrolling` trusts a new key, because a new one-time code was given. */
  tls({ enrolling }: { enrolling: boolean }): TlsOptions {
    return {
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      checkServerIdentity: (host, certificate) =>
        checkServerIdentity(host, certificate) ?? this.#checkKey(certificate, enrolling ? [] : this.#learnt),
    };
  }

  #checkKey(certificate: PeerCertificate, learnt: readonly string[]): Error | undefined {
    const pin = pinOf(certificate);
    const known = [...this.#configured, ...learnt];
    if (known.length > 0 && !known.includes(pin)) return keyUnknown(this.#url, pin);
    this.#shown = pin;
    return undefined;
  }
}

function pinOf(certificate: PeerCertificate): string {
  const info = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(info).digest('base64')}`;
}

/** What OpenSSL and Node say of a certificate nobody vouches for. */
const untrusted =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|INVALID_(CA|PURPOSE)|PATH_LENGTH|ERR_TLS_CERT_ALTNAME_INVALID/;

/** The problem behind a failed connection when it is the certificate or the key; undefined for any other failure. */
export function trustProblem(url: string, error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (!untrusted.test(code)) return undefined;
  return new Problem({
    code: 'cloud-certificate-untrusted',
    detail: `the certificate of the cloud at ${url} is not trusted: ${messageOf(error)}`,
    advice:
      'Name the file of its authority as uplink.ca, use the name the certificate was made for in uplink.url, and check dates and clock; samples are kept.',
    reaction: 'retry',
    cause: error,
  });
}

function keyUnknown(url: string, pin: string): Problem {
  return new Problem({
    code: 'cloud-key-unknown',
    detail: `the cloud at ${url} shows a key this gateway does not know (${pin})`,
    advice:
      'Somebody may stand in between: ask the operator of the cloud. If the key was renewed, add it to uplink.cloudKeys or enrol again with a new one-time code; samples are kept.',
    reaction: 'retry',
  });
}

function caUnreadable(file: string, cause: unknown): Problem {
  return new Problem({
    code: 'uplink-ca-unreadable',
    detail: `${file} holds no certificate in PEM form, or cannot be read: ${messageOf(cause)}`,
    advice: 'Give the file with the certificate of the authority as uplink.ca, or leave uplink.ca out.',
    reaction: 'stop',
    cause,
  });
}
