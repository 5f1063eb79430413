import { CertificateList, day, type ListedCertificate, remainingDays } from './certificate-list.ts';

export interface TrustRequest {
  /** The `pki` folder of the installation. */
  readonly folder: string;
  /** Without it everything is listed. */
  readonly thumbprint?: string | undefined;
  readonly refuse?: boolean | undefined;
  /** UTC epoch ms. */
  readonly now: number;
}

/**
 * What `gongfu-edge trust` prints: the list, or what it has done. A running agent notices at its next attempt.
 * @throws Problem `opcua-certificate-unknown`
 */
export function answerTrust({ folder, thumbprint, refuse, now }: TrustRequest): string[] {
  const list = new CertificateList(folder);
  if (thumbprint !== undefined) {
    const decided = refuse === true ? list.refuse(thumbprint) : list.trust(thumbprint);
    return [...lines(decided, now), ...adviceFor(decided, list)];
  }
  const all = list.all();
  if (all.length === 0)
    return [`no certificates in ${folder} yet; a source with a securityPolicy makes them at its first attempt`];
  const waiting = all.some(({ state }) => state === 'quarantined');
  const advice =
    'Compare the thumbprint with the one the server itself shows, then: gongfu-edge trust -c FILE THUMBPRINT (or --refuse)';
  return [...all.flatMap((each) => lines(each, now)), ...(waiting ? [advice] : [])];
}

function lines(certificate: ListedCertificate, now: number): string[] {
  const { state, thumbprint, fingerprint, subject, issuer, validFrom, validTo, shownBy } = certificate;
  const left = remainingDays(validTo, now);
  const validity = left < 0 ? 'EXPIRED' : validFrom > now ? 'NOT VALID YET' : `${left} days left`;
  return [
    `${state.padEnd(11)} ${thumbprint}`,
    `  subject   ${subject}${issuer === subject ? '' : `, issued by ${issuer}`}`,
    `  valid     ${day(validFrom)} to ${day(validTo)}, ${validity}`,
    `  SHA-256   ${fingerprint}`,
    ...shownBy.map((source) => `  source    ${source}`),
  ];
}

function adviceFor({ state, subject, issuer }: ListedCertificate, list: CertificateList): string[] {
  if (state !== 'trusted' || subject === issuer) return [];
  return [
    `It was issued by another: put the certificate of its issuer into ${list.folder}/issuers/certs and its revocation list into ${list.folder}/issuers/crl, or the server is still not accepted.`,
  ];
}
