import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import {
  type ClientSession,
  MessageSecurityMode,
  OPCUAClient,
  type SecurityPolicy,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  type UserIdentityInfo,
  UserTokenType,
} from 'node-opcua-client';
import { readChangesOurselves } from './change-list.ts';
import type { OpcuaSource } from './config.ts';
import type { CertificateStore } from './pki.ts';

// The client writes to the console by itself, whole requests included. What matters reaches our log by another way.
for (const setLogger of [setWarningLogger, setErrorLogger, setDebugLogger]) setLogger(() => undefined);
readChangesOurselves();

const namespaceArrayId = 'i=2255';
const startTimeId = 'i=2257';

/** A client of the library, not yet connected. */
export function createClient(source: OpcuaSource, certificates: CertificateStore): OPCUAClient {
  return OPCUAClient.create({
    applicationName: 'Gongfu',
    clientName: 'gongfu-edge',
    clientCertificateManager: certificates,
    securityPolicy: source.securityPolicy as keyof typeof SecurityPolicy,
    securityMode: MessageSecurityMode[modeOf(source)],
    // Servers behind a gateway or in a container call themselves by names we cannot reach.
    endpointMustExist: false,
    keepSessionAlive: true,
    keepAliveInterval: 5_000,
    requestedSessionTimeout: source.sessionTimeout,
    defaultTransactionTimeout: source.timeout,
    transportTimeout: Math.max(15_000, source.timeout),
    // For the first connection; once connected the client retries for ever by itself.
    connectionStrategy: { maxRetry: 1, initialDelay: 500, maxDelay: 10_000 },
  });
}

function modeOf(source: OpcuaSource): 'None' | 'Sign' | 'SignAndEncrypt' {
  return source.securityMode ?? (source.securityPolicy === 'None' ? 'None' : 'SignAndEncrypt');
}

/** Whom the session speaks for. @throws Problem `opcua-user-certificate` when its files cannot be used */
export function userOf(source: OpcuaSource): UserIdentityInfo {
  const { userCertificate, userKey, password } = source;
  if (userCertificate !== undefined && userKey !== undefined)
    return certificateUser(userCertificate, userKey, password);
  if (source.user === undefined) return { type: UserTokenType.Anonymous };
  return { type: UserTokenType.UserName, userName: source.user, password: source.password ?? '' };
}

/** Read anew for each session, so that a renewed file counts without a restart. */
function certificateUser(certificateFile: string, keyFile: string, passphrase: string | undefined): UserIdentityInfo {
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const bytes = readFileSync(keyFile);
    const pem = bytes.includes('-----BEGIN');
    const key = createPrivateKey(
      pem ? { key: bytes, passphrase } : { key: bytes, format: 'der', type: 'pkcs8', passphrase },
    );
    if (!certificate.checkPrivateKey(key)) throw new Error('the key does not belong to the certificate');
    return {
      type: UserTokenType.Certificate,
      certificateData: certificate.raw,
      privateKey: key.export({ format: 'pem', type: 'pkcs8' }) as string,
    };
  } catch (error) {
    throw new Problem({
      code: 'opcua-user-certificate',
      detail: `${certificateFile} and ${keyFile} cannot be used to sign in: ${messageOf(error)}`,
      advice: 'Correct userCertificate and userKey of the source (PEM or DER), and password when the key is encrypted.',
      reaction: 'retry',
    });
  }
}

export async function readNamespaceArray(session: ClientSession): Promise<string[]> {
  const value = await session.readVariableValue(namespaceArrayId);
  const array: unknown = value.value.value;
  return Array.isArray(array) ? array.map(String) : [];
}

export interface ServerIdentity {
  /** Changes when the server starts anew or numbers its namespaces otherwise. */
  readonly key: string;
  /** By the server's own word, UTC epoch ms; undefined where it does not say. */
  readonly startedAt: number | undefined;
}

export async function identityOfServer(session: ClientSession): Promise<ServerIdentity> {
  const [startTime, namespaceArray] = await session.readVariableValue([startTimeId, namespaceArrayId]);
  const started: unknown = startTime?.value.value;
  return {
    key: JSON.stringify([started, namespaceArray?.value.value]),
    startedAt: started instanceof Date ? started.getTime() : undefined,
  };
}
