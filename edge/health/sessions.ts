import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';

const idleLimitMs = 60 * 60_000;
const absoluteLimitMs = 12 * 3_600_000;
const sessionsMax = 20;

interface Session {
  readonly generation: string;
  readonly begunMs: number;
  seenMs: number;
}

/** Who is signed in at the local page, in memory: a restart signs everybody out. The oldest leaves when there are 20. */
export class Sessions {
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Buffer;
  /** By the hash of the token, the one seen last at the end: nothing here lets anybody in. */
  readonly #sessions = new Map<string, Session>();

  /** `random` is cryptographic: tokens come from it. */
  constructor(options: { clock: Clock; random: (bytes: number) => Buffer }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** The token of a new session, good for the password of that generation only. */
  begin(generation: string): string {
    const token = this.#random(32).toString('base64url');
    const now = this.#clock.monotonicMs();
    this.#sessions.set(hashOf(token), { generation, begunMs: now, seenMs: now });
    const [longestUnseen] = this.#sessions.keys();
    if (this.#sessions.size > sessionsMax) this.#sessions.delete(longestUnseen!);
    return token;
  }

  /** Whether somebody is signed in with it; counts as a use. A session ends after an hour unused, and after twelve hours. */
  isGood(token: string, generation: string): boolean {
    const hash = hashOf(token);
    const session = this.#sessions.get(hash);
    if (session === undefined) return false;
    this.#sessions.delete(hash);
    const now = this.#clock.monotonicMs();
    const isOver = now - session.seenMs > idleLimitMs || now - session.begunMs > absoluteLimitMs;
    if (isOver || session.generation !== generation) return false;
    session.seenMs = now;
    this.#sessions.set(hash, session);
    return true;
  }

  end(token: string): void {
    this.#sessions.delete(hashOf(token));
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
