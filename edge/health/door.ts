import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { AttemptLimit } from './attempt-limit.ts';
import type { LocalPassword } from './local-password.ts';
import type { Sessions } from './sessions.ts';

/** Cookies know no ports: the name must not meet that of another program on this machine. */
const cookieName = 'gongfu-edge-session';

/**
 * What somebody may see. `open`: no password is set and they sit at this machine. `closed`: none is set and they do not.
 * `stranger`: has to sign in first.
 */
export type Standing = 'open' | 'signed-in' | 'stranger' | 'closed';

type SignedIn = { readonly cookie: string };
type Refused = 'wrong' | 'unreadable' | { readonly waitSeconds: number };

/** Decides who gets in at the local page. */
export class Door {
  readonly #password: LocalPassword;
  readonly #sessions: Sessions;
  readonly #limit: AttemptLimit;
  readonly #log: Logger;
  /** Of the Basic credentials found right last, with their generation: a program asks every few seconds. */
  #knownBasic: Buffer | undefined;

  constructor(options: { password: LocalPassword; sessions: Sessions; limit: AttemptLimit; log: Logger }) {
    this.#password = options.password;
    this.#sessions = options.sessions;
    this.#limit = options.limit;
    this.#log = options.log;
  }

  standing(request: IncomingMessage): Standing {
    const generation = this.#generation();
    if (generation === undefined) return isLocal(request) ? 'open' : 'closed';
    const token = tokenOf(request);
    return token !== undefined && this.#sessions.isGood(token, generation) ? 'signed-in' : 'stranger';
  }

  /** Whether a program may have the figures: from this machine, or with the password (Basic), or a session. */
  async mayHaveFigures(request: IncomingMessage): Promise<boolean> {
    if (isLocal(request)) return true;
    return this.standing(request) === 'signed-in' || this.#isBasicGood(request);
  }

  /** Whether a program may have something done: with the password (Basic) only, also on this machine. `unprotected`: none is set. */
  async programStanding(request: IncomingMessage): Promise<'in' | 'stranger' | 'unprotected'> {
    if (this.#generation() === undefined) return 'unprotected';
    return (await this.#isBasicGood(request)) ? 'in' : 'stranger';
  }

  /** The cookie of a new session, or why there is none. */
  async signIn(request: IncomingMessage, password: string): Promise<SignedIn | Refused> {
    const generation = this.#generation();
    const address = addressOf(request);
    try {
      const judged = await this.#limit.attempt(address, () => this.#password.matches(password));
      if ('waitSeconds' in judged) return judged;
      if (!judged.matches || generation === undefined) {
        this.#log.warn({ address }, 'wrong password at the local page');
        return 'wrong';
      }
    } catch (error) {
      this.#log.error({ reason: messageOf(error) }, 'nobody can sign in at the local page');
      return 'unreadable';
    }
    this.#log.info({ address }, 'signed in at the local page');
    return { cookie: cookieOf(this.#sessions.begin(generation)) };
  }

  /** Ends the session; the cookie that takes its place. */
  signOut(request: IncomingMessage): string {
    const token = tokenOf(request);
    if (token !== undefined) this.#sessions.end(token);
    return `${cookieOf('')}; Max-Age=0`;
  }

  /** A file that cannot be read is no password anybody knows, and no reason to open the door. */
  #generation(): string | undefined {
    try {
      return this.#password.generation;
    } catch {
      return 'unreadable';
    }
  }

  async #isBasicGood(request: IncomingMessage): Promise<boolean> {
    const generation = this.#generation();
    const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,1200})$/i.exec(request.headers.authorization ?? '') ?? [];
    if (encoded === undefined || generation === undefined) return false;
    const proof = createHash('sha256').update(`${generation} ${encoded}`).digest();
    if (this.#knownBasic !== undefined && timingSafeEqual(this.#knownBasic, proof)) return true;
    const given = Buffer.from(encoded, 'base64').toString('utf8');
    const password = given.slice(given.indexOf(':') + 1);
    const judged = await this.#limit.attempt(addressOf(request), () =>
      this.#password.matches(password).catch(() => false),
    );
    if (!('matches' in judged && judged.matches)) {
      if ('matches' in judged) this.#log.warn({ address: addressOf(request) }, 'wrong password of a program');
      return false;
    }
    this.#knownBasic = proof;
    return true;
  }
}

/** Whether a form was sent by a page of this server: a browser tells the origin of whatever is no plain visit. */
export function isOwnForm({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether that is an address of this machine alone. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '');
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || bare.toLowerCase() === 'localhost';
}

/** Somebody at this machine who knows it as such: a name from elsewhere, or a proxy, is how others come in. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isForwarded = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  const named = /^(\[[0-9a-f:]+\]|[^:]+)(:\d+)?$/i.exec(headers.host ?? '')?.[1] ?? '';
  return !isForwarded && isLoopback(socket.remoteAddress ?? '') && isLoopback(named);
}

/** One for a whole /64 of IPv6: who has one has all of it. */
function addressOf({ socket }: IncomingMessage): string {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/i, '');
  return isIP(address) === 6 && address !== '::1' ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const rest = tail.split(':').filter((group) => group !== '');
  const zeros = Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const found = (headers.cookie ?? '').split(/; */).find((pair) => pair.startsWith(`${cookieName}=`));
  const token = found?.slice(cookieName.length + 1);
  return token === undefined || !/^[\w-]{43}$/.test(token) ? undefined : token;
}

function cookieOf(token: string): string {
  return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict`;
}
