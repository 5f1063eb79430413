import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@gongfu/shared/base/folder';
import { messageOf, Problem } from '@gongfu/shared/base/problem';

/** As OWASP advises where memory is scarce: 32 MiB for the moment of one attempt, some 0.3 s on a small gateway. */
const advisedCost: Cost = { N: 2 ** 15, r: 8, p: 3 };
const hashBytes = 32;
const lengthMin = 8;
/** Bounds the work of one attempt; longer than any passphrase. */
const lengthMax = 200;
const differentMin = 4;

/** Of scrypt (RFC 7914): iterations, block size, lanes. */
interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

interface Kept extends Cost {
  readonly kdf: 'scrypt';
  /** Base64. */
  readonly salt: string;
  readonly hash: string;
}

/** The password of the local page: its scrypt hash in a file beside the buffer. There is none unless somebody set one. */
export class LocalPassword {
  readonly #folder: string;
  readonly #file: string;
  readonly #cost: Cost;
  /** Attempts are compared one after the other: each takes memory for itself, and anybody can ask for it. */
  #tail: Promise<unknown> = Promise.resolve();

  /** `folder`: the one of the buffer. `cost`: of passwords set from now on, as OWASP advises unless told. */
  constructor(options: { folder: string; cost?: Cost }) {
    this.#folder = options.folder;
    this.#cost = options.cost ?? advisedCost;
    this.#file = join(options.folder, 'local-password.json');
  }

  /** Another text after each change, undefined where no password is set: what a session was begun with. @throws Problem `local-password-unreadable` */
  get generation(): string | undefined {
    return this.#read()?.hash;
  }

  /** False also where none is set. @throws Problem `local-password-unreadable` */
  matches(password: string): Promise<boolean> {
    const compared = this.#tail.then(() => this.#compare(password));
    this.#tail = compared.catch(() => {});
    return compared;
  }

  /**
   * Sets it, or another one; whoever is signed in has to sign in anew. Durable when it resolves.
   * @throws Problem `local-password-unfit`, `local-password-unreadable`
   */
  async set(password: string): Promise<void> {
    requireFit(password);
    const salt = randomBytes(16);
    const hash = await derive(password, salt, this.#cost);
    const kept: Kept = { kdf: 'scrypt', ...this.#cost, salt: salt.toString('base64'), hash: hash.toString('base64') };
    try {
      makeFolders(this.#folder);
      const draft = `${this.#file}.draft`;
      writeFileSync(draft, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600, flush: true });
      this.#giveToOwner(draft);
      renameSync(draft, this.#file);
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  async #compare(password: string): Promise<boolean> {
    const kept = this.#read();
    if (kept === undefined || password.length > lengthMax * 4) return false;
    const hash = Buffer.from(kept.hash, 'base64');
    return timingSafeEqual(hash, await derive(password, Buffer.from(kept.salt, 'base64'), kept));
  }

  #read(): Kept | undefined {
    try {
      const kept = JSON.parse(readFileSync(this.#file, 'utf8')) as Kept;
      if (kept.kdf === 'scrypt' && Buffer.from(kept.hash, 'base64').length === hashBytes) return kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#unreadable(error);
    }
    throw this.#unreadable('it holds no password hash');
  }

  /** Set by root for an agent that runs as somebody else: that one has to read it. */
  #giveToOwner(file: string): void {
    const { uid, gid } = statSync(this.#folder);
    if (process.getuid?.() === 0 && uid !== 0) chownSync(file, uid, gid);
  }

  #unreadable(cause: unknown): Problem {
    return new Problem({
      code: 'local-password-unreadable',
      detail: `the password of the local page in ${this.#file} cannot be read or written: ${messageOf(cause)}`,
      advice: 'Give the user of the agent the right to the file, or remove it and set the password anew.',
      reaction: 'retry',
      cause,
    });
  }
}

/** @throws Problem `local-password-unfit` */
function requireFit(password: string): void {
  // Counted as people count: an emoji is one sign.
  const signs = [...password];
  if (signs.length >= lengthMin && signs.length <= lengthMax && new Set(signs).size >= differentMin) return;
  throw new Problem({
    code: 'local-password-unfit',
    detail: `the password has ${signs.length} characters, ${new Set(signs).size} of them different`,
    advice: `Choose one of ${lengthMin} to ${lengthMax} characters with at least ${differentMin} different ones; several words are best.`,
    reaction: 'drop',
  });
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Keyboards differ in how they compose a letter; the same letter must give the same hash.
    const bytes = password.normalize('NFKC');
    scrypt(bytes, salt, hashBytes, { N, r, p, maxmem: 256 * N * r }, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
