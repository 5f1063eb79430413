import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { CertificateList } from './certificate-list.ts';
import type { OpcuaSource } from './config.ts';
import type { OfferedEndpoint } from './discovery.ts';

/** What is known when a connection failed. */
interface Scene {
  readonly source: OpcuaSource;
  readonly certificates: CertificateList;
  /** What the server says it offers; empty when it was not asked or did not answer. */
  readonly offered: readonly OfferedEndpoint[];
}

interface Finding {
  readonly sign: RegExp;
  readonly code: string;
  readonly detail: (scene: Scene) => string;
  readonly advice: (scene: Scene) => string;
}

/** What the client's messages mean for the person at the gateway; the first that matches speaks. */
const findings: readonly Finding[] = [
  {
    sign: /BadCertificate(Issuer)?TimeInvalid/,
    code: 'opcua-server-certificate-expired',
    detail: ({ source }) => `The certificate of ${source.endpoint} has expired or is not valid yet.`,
    advice: () => 'Renew the certificate at the server, or correct the clock of this gateway.',
  },
  {
    sign: /server certificate .*(untrusted|not trusted)|CertificateUntrusted|BadCertificateChainIncomplete/i,
    code: 'opcua-server-untrusted',
    detail: (scene) => {
      const thumbprint = thumbprintOf(scene);
      const named = thumbprint === '' ? '' : ` ${thumbprint}`;
      return wasRefused(scene)
        ? `The certificate${named} of ${scene.source.endpoint} was refused by a person.`
        : `The certificate${named} of ${scene.source.endpoint} is not trusted by this gateway; it is in quarantine.`;
    },
    advice: (scene) =>
      wasRefused(scene)
        ? 'Find out who answers there; gongfu-edge trust accepts it after all.'
        : `Compare it with the certificate the server itself shows, then accept it: gongfu-edge trust -c FILE ${thumbprintOf(scene) || 'THUMBPRINT'} (files in ${scene.certificates.quarantineFolder}).`,
  },
  {
    sign: /BadSecurityChecksFailed|BadCertificate/,
    code: 'opcua-gateway-untrusted',
    detail: ({ source }) => `${source.endpoint} refuses the certificate of this gateway or a security check failed.`,
    advice: ({ certificates }) => `Let the server trust ${certificates.ownFile}; compare the clocks of both machines.`,
  },
  {
    sign: /BadUserAccessDenied|BadIdentityToken|user token policy/,
    code: 'opcua-sign-in-refused',
    detail: ({ source }) =>
      `${source.endpoint} refuses the sign-in of ${source.user ?? source.userCertificate ?? 'an anonymous user'}.`,
    advice: ({ offered }) =>
      `Correct user and password (or userCertificate) of the source, or allow this user at the server.${offeredText(offered)}`,
  },
  {
    sign: /BadTooManySessions/,
    code: 'opcua-server-full',
    detail: ({ source }) => `${source.endpoint} has no session left.`,
    advice: () =>
      'Close other clients or raise the limit at the server; sessions of clients that crashed end by themselves.',
  },
  {
    sign: /^no subscription: .*Bad(ServiceUnsupported|NotSupported|NotImplemented)/,
    code: 'opcua-no-subscriptions',
    detail: ({ source }) => `${source.endpoint} cannot subscribe.`,
    advice: () => 'Add mode: poll to the source.',
  },
  {
    sign: /BadSecurityPolicyRejected|BadSecurityModeRejected|cannot find.*endpoint|end ?point.*secur/i,
    code: 'opcua-security-refused',
    detail: ({ source }) =>
      `${source.endpoint} offers no endpoint with securityPolicy ${source.securityPolicy} and the chosen mode.`,
    advice: ({ offered }) => `Choose a securityPolicy and securityMode the server offers.${offeredText(offered)}`,
  },
];

/** About these the server itself can say more when it is asked what it offers. */
export const codesWorthAsking: readonly string[] = [
  'opcua-server-untrusted',
  'opcua-sign-in-refused',
  'opcua-security-refused',
];

/**
 * A problem a person can act on, out of an error of the client. Only the message is used: the error of a refused sign-in
 * carries the request, and in it the password.
 */
export function diagnose(error: unknown, scene: Scene): Problem {
  if (error instanceof Problem) return error;
  const message = oneLine(messageOf(error));
  const { source } = scene;
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
  return new Problem({ code, detail: detail(scene), advice: advice(scene), reaction: 'retry' });
}

/** Of the certificate behind the endpoint the source asks for; '' when the server did not say. */
export function thumbprintOf({ source, offered }: Pick<Scene, 'source' | 'offered'>): string {
  const policy = offered.filter((endpoint) => endpoint.policy === source.securityPolicy);
  return (policy.find(({ mode }) => mode === source.securityMode) ?? policy[0])?.thumbprint ?? '';
}

function wasRefused(scene: Scene): boolean {
  const thumbprint = thumbprintOf(scene);
  return thumbprint !== '' && scene.certificates.isRefused(thumbprint);
}

function offeredText(offered: readonly OfferedEndpoint[]): string {
  if (offered.length === 0) return '';
  const policies = [...new Set(offered.map(({ policy }) => policy))].map((policy) => {
    const modes = offered.filter((endpoint) => endpoint.policy === policy).map(({ mode }) => mode);
    return `${policy} (${[...new Set(modes)].join(', ')})`;
  });
  const users = [...new Set(offered.flatMap((endpoint) => endpoint.users))];
  return ` It offers: ${policies.join('; ')}; for ${users.join(', ')}.`;
}

/** The client writes its messages over many lines, and what the system said last, in brackets. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const said = /\berr = ?\(?(.+?)\)*$/i.exec(line)?.[1] ?? line;
  return said.slice(0, 240);
}
