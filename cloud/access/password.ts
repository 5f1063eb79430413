import { Problem } from '@gongfu/shared/base/problem';
import { hash, verify } from '@node-rs/argon2';
import { HashingQueue } from './hashing-queue.ts';

/** Argon2id as OWASP advises: 19 MiB, two passes, one lane; about 20 ms. Algorithm 2 is argon2id (RFC 9106). */
export const passwordHashing = {
  algorithm: 2,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  outputLen: 32,
} as const;

export const passwordLengthMin = 8;
/** Bounds the work of one attempt; longer than any passphrase. */
export const passwordLengthMax = 200;

/** Letters and digits nobody mistakes for another when typing them from a screen. */
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
const passwordGroups = 5;
const groupLength = 4;

/** One for the process, as its memory is one. */
export const hashing = new HashingQueue();

/** @throws Problem `password-unfit`, `sign-in-busy` */
export async function hashPassword(password: string): Promise<string> {
  // Counted as people count: an emoji is one sign.
  const length = [...password].length;
  if (length < passwordLengthMin || length > passwordLengthMax) {
    throw new Problem({
      code: 'password-unfit',
      detail: `The password has ${length} characters.`,
      advice: `Choose one of ${passwordLengthMin} to ${passwordLengthMax} characters; several words are best.`,
      reaction: 'drop',
      status: 422,
    });
  }
  return hashing.run(() => hash(normal(password), passwordHashing));
}

/** False also for a hash that cannot be read. Takes its parameters from the hash. @throws Problem `sign-in-busy` */
export function passwordMatches(passwordHash: string, password: string): Promise<boolean> {
  return hashing.run(() => verify(passwordHash, normal(password)).catch(() => false));
}

/** 20 signs of 31, 99 bits, as `k7mp-…`. */
export function randomPassword(random: (bytes: number) => Uint8Array): string {
  return randomGroups(random, passwordGroups);
}

/** Groups of four signs, 20 bits a group. */
export function randomGroups(random: (bytes: number) => Uint8Array, groups: number): string {
  let text = '';
  while (text.length < groups * groupLength) {
    // Five bits a byte; the one value beyond the alphabet is thrown away, so that every sign is as likely.
    for (const byte of random(32)) text += signs[byte & 31] ?? '';
  }
  return Array.from({ length: groups }, (_, group) => text.slice(group * groupLength, (group + 1) * groupLength)).join(
    '-',
  );
}

/** Two passwords that give the same hash. */
export function samePassword(a: string, b: string): boolean {
  return normal(a) === normal(b);
}

/** Keyboards differ in how they compose a letter; the same letter must give the same hash. */
function normal(password: string): string {
  return password.normalize('NFKC');
}
