import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { OpcuaSource } from './config.ts';
import type { Pki } from './pki.ts';

interface Finding {
  readonly sign: RegExp;
  readonly code: string;
  readonly detail: (source: OpcuaSource) => string;
  readonly advice: (source: OpcuaSource, pki: Pki) => string;
}

/** What the client's messages mean for the person at the gateway; the first that matches speaks. */
const findings: readonly Finding[] = [
  {
    sign: /server certificate .*(untrusted|not trusted)|CertificateUntrusted|BadCertificateChainIncomplete/i,
    code: 'opcua-server-untrusted',
    detail: (source) => `The certificate of ${source.endpoint} is not trusted by this gateway.`,
    advice: (_source, pki) =>
      `Compare its fingerprint with the server's, then move its file from ${pki.rejectedFolder} to ${pki.trustedFolder}.`,
  },
  {
    sign: /BadSecurityChecksFailed|BadCertificate/,
    code: 'opcua-gateway-untrusted',
    detail: (source) => `${source.endpoint} refuses the certificate of this gateway or a security check failed.`,
    advice: (_source, pki) => `Let the server trust ${pki.ownCertificateFile}; compare the clocks of both machines.`,
  },
  {
    sign: /BadUserAccessDenied|BadIdentityToken/,
    code: 'opcua-sign-in-refused',
    detail: (source) => `${source.endpoint} refuses the sign-in of ${source.user ?? 'an anonymous user'}.`,
    advice: () => 'Correct user and password of the source, or allow this user at the server.',
  },
  {
    sign: /BadTooManySessions/,
    code: 'opcua-server-full',
    detail: (source) => `${source.endpoint} has no session left.`,
    advice: () =>
      'Close other clients or raise the limit at the server; sessions of clients that crashed end by themselves.',
  },
  {
    sign: /BadSecurityPolicyRejected|BadSecurityModeRejected|cannot find.*endpoint|Cannot find an Endpoint|endpoint.*secur/i,
    code: 'opcua-security-refused',
    detail: (source) =>
      `${source.endpoint} offers no endpoint with securityPolicy ${source.securityPolicy} and the chosen mode.`,
    advice: () => 'Choose a securityPolicy and securityMode the server offers.',
  },
];

/**
 * A problem a person can act on, out of an error of the client. Only the message is used: the error of a refused sign-in
 * carries the request, and in it the password.
 */
export function diagnose(error: unknown, source: OpcuaSource, pki: Pki): Problem {
  const message = oneLine(messageOf(error));
  const finding = findings.find(({ sign }) => sign.test(message));
  if (finding === undefined) {
    return new Problem({
      code: 'opcua-unreachable',
      detail: `${source.endpoint} cannot be used: ${message}`,
      advice: 'Check that the server runs and that address and port of the endpoint are reachable from this gateway.',
      reaction: 'retry',
    });
  }
  const { code, detail, advice } = finding;
  return new Problem({ code, detail: detail(source), advice: advice(source, pki), reaction: 'retry' });
}

/** The client writes its messages over many lines, and what the system said last, in brackets. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const said = /\berr = ?\(?(.+?)\)*$/i.exec(line)?.[1] ?? line;
  return said.slice(0, 240);
}
