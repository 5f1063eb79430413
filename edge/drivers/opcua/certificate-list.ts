import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Problem } from '@gongfu/shared/base/problem';

export type CertificateState = 'own' | 'quarantined' | 'refused' | 'trusted';

export interface ListedCertificate {
  /** SHA-1 of the certificate in capital hex, as OPC UA tools show it. */
  readonly thumbprint: string;
  /** SHA-256 in capital hex. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** UTC epoch ms. */
  readonly validFrom: number;
  readonly validTo: number;
  readonly state: CertificateState;
  /** Sources that met it, as `press-1 opc.tcp://10.0.0.12:4840`. */
  readonly shownBy: readonly string[];
  readonly file: string;
}

/** Fewer digits of a thumbprint would be guessed too easily, or name two certificates. */
const digitsMin = 8;

/**
 * The certificates of this installation as files, without the protocol client: a person decides here, and the driver asks here.
 * What the client quarantines lies in `rejected`; what a person refused is kept in `refused`, because the client would
 * quarantine it anew at each attempt.
 */
export class CertificateList {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get quarantineFolder(): string {
    return join(this.folder, 'rejected');
  }

  get trustedFolder(): string {
    return join(this.folder, 'trusted', 'certs');
  }

  get refusedFolder(): string {
    return join(this.folder, 'refused');
  }

  /** Certificate we show to servers; a server that refuses us must be told to trust this file. */
  get ownFile(): string {
    return join(this.folder, 'own', 'certs', 'client_certificate.pem');
  }

  /** Each certificate once: what a person decided comes before what the client noted. */
  all(): ListedCertificate[] {
    const own = existsSync(this.ownFile) ? this.#read(this.ownFile, 'own') : [];
    const rest = (['refused', 'trusted', 'quarantined'] as const).flatMap((state) =>
      pemFilesIn(this.#folderOf(state)).flatMap((file) => this.#read(file, state)),
    );
    const known = new Map<string, ListedCertificate>();
    for (const each of [...own, ...rest]) if (!known.has(each.thumbprint)) known.set(each.thumbprint, each);
    return [...known.values()];
  }

  own(): ListedCertificate | undefined {
    return existsSync(this.ownFile) ? this.#read(this.ownFile, 'own')[0] : undefined;
  }

  isRefused(thumbprint: string): boolean {
    return pemFilesIn(this.refusedFolder).some((file) => this.#read(file, 'refused')[0]?.thumbprint === thumbprint);
  }

  /** The one certificate whose thumbprint or fingerprint begins with these digits. @throws Problem `opcua-certificate-unknown` */
  find(digits: string): ListedCertificate {
    const wanted = digits.replace(/[\s:.-]/g, '').toUpperCase();
    const found = this.all().filter(
      ({ state, thumbprint, fingerprint }) =>
        state !== 'own' && (thumbprint.startsWith(wanted) || fingerprint.startsWith(wanted)),
    );
    if (found.length === 1 && wanted.length >= digitsMin) return found[0]!;
    throw new Problem({
      code: 'opcua-certificate-unknown',
      detail:
        wanted.length < digitsMin
          ? `'${digits}' is too short to name a certificate.`
          : `${found.length === 0 ? 'No certificate' : 'More than one certificate'} in ${this.folder} has a thumbprint that begins with '${digits}'.`,
      advice: `Give at least ${digitsMin} digits of a thumbprint that gongfu-edge trust lists.`,
      reaction: 'stop',
    });
  }

  /** From now on the server with this certificate is taken for what it says. @throws Problem `opcua-certificate-unknown` */
  trust(digits: string): ListedCertificate {
    return this.#decide(digits, 'trusted');
  }

  /** From now on it is turned away, also when it was trusted before. @throws Problem `opcua-certificate-unknown` */
  refuse(digits: string): ListedCertificate {
    return this.#decide(digits, 'refused');
  }

  /** Notes which source met the certificate; a repeated note changes nothing. */
  note(thumbprint: string, source: string): void {
    const sources = this.#shownBy(thumbprint);
    if (sources.includes(source)) return;
    mkdirSync(join(this.folder, 'shown-by'), { recursive: true });
    writeFileSync(this.#noteFile(thumbprint), [...sources, source].map((line) => `${line}\n`).join(''));
  }

  /** Changes with each decision of a person, also of another program; cheap enough to be asked each second. */
  decisions(): string {
    return [this.trustedFolder, this.refusedFolder]
      .map((folder) => statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0)
      .join();
  }

  #decide(digits: string, state: 'refused' | 'trusted'): ListedCertificate {
    const { thumbprint, file } = this.find(digits);
    const folder = this.#folderOf(state);
    mkdirSync(folder, { recursive: true });
    const target = join(folder, basename(file));
    if (file !== target) renameSync(file, target);
    for (const other of ['refused', 'trusted', 'quarantined'] as const) {
      if (other === state) continue;
      for (const copy of pemFilesIn(this.#folderOf(other))) {
        if (this.#read(copy, other)[0]?.thumbprint === thumbprint) rmSync(copy);
      }
    }
    return this.find(thumbprint);
  }

  #folderOf(state: Exclude<CertificateState, 'own'>): string {
    if (state === 'quarantined') return this.quarantineFolder;
    return state === 'trusted' ? this.trustedFolder : this.refusedFolder;
  }

  /** Nothing for a file that is no certificate, or has just been moved away by the running agent. */
  #read(file: string, state: CertificateState): ListedCertificate[] {
    try {
      const { thumbprint, fingerprint, subject, issuer, validFrom, validTo } = describeCertificate(readFileSync(file));
      const shownBy = this.#shownBy(thumbprint);
      return [{ thumbprint, fingerprint, subject, issuer, validFrom, validTo, state, shownBy, file }];
    } catch {
      return [];
    }
  }

  #noteFile(thumbprint: string): string {
    return join(this.folder, 'shown-by', `${thumbprint}.txt`);
  }

  #shownBy(thumbprint: string): string[] {
    const file = this.#noteFile(thumbprint);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }
}

/** Out of PEM or DER; of a chain the first, which is the server's own. @throws Error when it is none */
export function describeCertificate(bytes: Buffer): Omit<ListedCertificate, 'file' | 'shownBy' | 'state'> {
  const certificate = new X509Certificate(bytes);
  return {
    thumbprint: certificate.fingerprint.replaceAll(':', ''),
    fingerprint: certificate.fingerprint256.replaceAll(':', ''),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
  };
}

/** Whole days until then; negative when it is over. */
export function remainingDays(validTo: number, now: number): number {
  return Math.floor((validTo - now) / 86_400_000);
}

export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The parts of a name come a line each, and a server chooses them: no control character reaches a terminal. */
function oneLine(name: string): string {
  return name
    .split('\n')
    .join(', ')
    .replace(/\p{Cc}/gu, '?');
}

function pemFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.(pem|der|crt|cer)$/i.test(name))
    .map((name) => join(folder, name));
}
