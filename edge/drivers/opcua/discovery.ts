import { MessageSecurityMode, OPCUAClient, UserTokenType } from 'node-opcua-client';
import { describeCertificate } from './certificate-list.ts';
import type { OpcuaSource } from './config.ts';
import type { CertificateStore, Pki } from './pki.ts';

/** One way in that a server names to anybody who asks, without trust or sign-in. */
export interface OfferedEndpoint {
  /** `Basic256Sha256`, the last part of the policy's URI. */
  readonly policy: string;
  readonly mode: string;
  /** `Anonymous`, `UserName`, `Certificate` … */
  readonly users: readonly string[];
  /** Thumbprint of the certificate it shows, SHA-1 in capital hex; '' when it has none. */
  readonly thumbprint: string;
  readonly validTo: number;
}

/** What a server offers now; nothing while it is away, or our own certificates cannot be read. Never rejects. */
export async function offeredBy(
  source: Pick<OpcuaSource, 'endpoint' | 'timeout'>,
  pki: Pki,
): Promise<OfferedEndpoint[]> {
  try {
    const certificates = await pki.acquire();
    return await discoverEndpoints(source, certificates).finally(() => pki.release());
  } catch {
    return [];
  }
}

/** Asks a server what it offers. @throws what the client throws when it cannot be reached */
export async function discoverEndpoints(
  source: Pick<OpcuaSource, 'endpoint' | 'timeout'>,
  certificates: CertificateStore,
): Promise<OfferedEndpoint[]> {
  const client = OPCUAClient.create({
    applicationName: 'Gongfu',
    clientCertificateManager: certificates,
    endpointMustExist: false,
    defaultTransactionTimeout: source.timeout,
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 500 },
  });
  try {
    await client.connect(source.endpoint);
    const endpoints = await client.getEndpoints();
    return endpoints.map((endpoint) => {
      const shown = endpoint.serverCertificate ?? Buffer.alloc(0);
      const certificate = shown.length === 0 ? undefined : describeCertificate(shown);
      return {
        policy: (endpoint.securityPolicyUri ?? '').replace(/^.*#/, ''),
        mode: MessageSecurityMode[endpoint.securityMode] ?? '',
        users: [...new Set((endpoint.userIdentityTokens ?? []).map(({ tokenType }) => UserTokenType[tokenType] ?? ''))],
        thumbprint: certificate?.thumbprint ?? '',
        validTo: certificate?.validTo ?? 0,
      };
    });
  } finally {
    await client.disconnect().catch(() => undefined);
  }
}
