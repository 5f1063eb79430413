import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurably } from '@gongfu/shared/base/durable-file';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { JWK } from 'jose';

/** What the cloud answered to a one-time code. */
export interface Enrolled {
  readonly gatewayId: string;
  readonly tenantId: string;
  /** SHA-256 of the code, so that another code is known to be another enrolment. */
  readonly codeHash: string;
  /** Pins of the cloud's keys; absent over plain HTTP and in files from before there was such a thing. */
  readonly cloudKeys?: readonly string[];
  /** Whether the cloud wants a second person to approve what is written through this gateway; absent: it has not said. */
  readonly secondApprover?: boolean;
}

/** The gateway's Ed25519 key, made here; the private half never leaves this machine. */
export interface GatewayIdentity {
  readonly privateKey: KeyObject;
  readonly publicKey: JWK;
  readonly enrolled: Enrolled | undefined;
}

interface IdentityFile {
  readonly privateKey: JWK;
  readonly enrolled?: Enrolled;
}

/** Reads the identity, or makes and keeps a new key. @throws Problem `identity-unreadable`: it is never replaced silently. */
export function openIdentity(file: string): GatewayIdentity {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(file, error);
    return keep(file, newKey(), undefined);
  }
  try {
    const { privateKey, enrolled } = JSON.parse(text) as IdentityFile;
    return identityOf(createPrivateKey({ key: privateKey as JsonWebKey, format: 'jwk' }), enrolled);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The identity that is there, or undefined; makes none. @throws Problem `identity-unreadable` */
export function readIdentity(file: string): GatewayIdentity | undefined {
  return existsSync(file) ? openIdentity(file) : undefined;
}

/** Keeps what the enrolment gave; durable before it returns. */
export function keepEnrolled(file: string, identity: GatewayIdentity, enrolled: Enrolled): GatewayIdentity {
  return keep(file, identity.privateKey, enrolled);
}

export function hashOfCode(code: string): string {
  return createHash('sha256').update(code.replace(/[\s-]/g, '').toUpperCase()).digest('hex');
}

/**
 * An Ed25519 key, read again from its bytes: of Node 20 the job that made a pair locks its key once more when it is collected, and a collection
 * during `export` of that very key, which holds the lock, would stop the program for ever.
 */
export function newKey(): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  return createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' });
}

function keep(file: string, privateKey: KeyObject, enrolled: Enrolled | undefined): GatewayIdentity {
  const content = { privateKey: privateKey.export({ format: 'jwk' }), ...(enrolled === undefined ? {} : { enrolled }) };
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeDurably(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw unreadable(file, error);
  }
  return identityOf(privateKey, enrolled);
}

function identityOf(privateKey: KeyObject, enrolled: Enrolled | undefined): GatewayIdentity {
  return { privateKey, publicKey: createPublicKey(privateKey).export({ format: 'jwk' }) as JWK, enrolled };
}

function unreadable(file: string, cause: unknown): Problem {
  return new Problem({
    code: 'identity-unreadable',
    detail: `the gateway's key in ${file} cannot be read or written: ${messageOf(cause)}`,
    advice: 'Give this user the right to the file, or move it away and enrol again with a new one-time code.',
    reaction: 'stop',
    cause,
  });
}
