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
import type { OpcuaSource } from './config.ts';
import type { CertificateStore } from './pki.ts';

// The client writes to the console by itself, whole requests included. What matters reaches our log by another way.
for (const setLogger of [setWarningLogger, setErrorLogger, setDebugLogger]) setLogger(() => undefined);

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

/** Whom the session speaks for. */
export function userOf(source: OpcuaSource): UserIdentityInfo {
  if (source.user === undefined) return { type: UserTokenType.Anonymous };
  return { type: UserTokenType.UserName, userName: source.user, password: source.password ?? '' };
}

export async function readNamespaceArray(session: ClientSession): Promise<string[]> {
  const value = await session.readVariableValue(namespaceArrayId);
  const array: unknown = value.value.value;
  return Array.isArray(array) ? array.map(String) : [];
}

/** Changes when the server starts anew or numbers its namespaces otherwise. */
export async function identityOfServer(session: ClientSession): Promise<string> {
  const [startTime, namespaceArray] = await session.readVariableValue([startTimeId, namespaceArrayId]);
  return JSON.stringify([startTime?.value.value, namespaceArray?.value.value]);
}
