import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ForeignRow, RowDoor, RowOrigin } from './row-door.ts';

/** Some rows of a request, each with the place it stands at in it, and what could not be read beside them. */
export interface Slice {
  readonly rows: readonly ForeignRow[];
  /** `places[i]` is where row i stands, as `line 3 field speed`. */
  readonly places: readonly string[];
  readonly rejected: readonly ProblemPlace[];
}

export interface ForeignWriteLimits {
  readonly requestsPerMinute: number;
  readonly rowsPerMinute: number;
  /** Requests of one origin that are answered at once. */
  readonly requestsAtOnce: number;
}

/** Rejected rows that are named; of more the number is told. */
const namedMax = 1_000;
/** Characters of what is told of one: a name may be as long as a line. */
const toldMax = 200;

const minuteSeconds = 60;

/** Requests with rows of others, whatever they are written in: counts them, stores slice by slice, names what was left out. */
export class ForeignWrites {
  readonly #door: RowDoor;
  readonly #limits: ForeignWriteLimits;
  readonly #requests: RateLimiterMemory;
  readonly #rows: RateLimiterMemory;
  readonly #open = new Map<string, number>();

  constructor(options: { door: RowDoor; limits: ForeignWriteLimits }) {
    this.#door = options.door;
    this.#limits = options.limits;
    const { requestsPerMinute, rowsPerMinute } = this.#limits;
    this.#requests = new RateLimiterMemory({ points: requestsPerMinute, duration: minuteSeconds });
    this.#rows = new RateLimiterMemory({ points: rowsPerMinute, duration: minuteSeconds });
  }

  /**
   * Resolves when every row is durable.
   * @throws Problem `rows-rejected` (400: all others are durable), `rows-too-many` (429), and with reaction retry whatever
   * keeps a row from being stored: what was stored before is not stored twice when the same rows come again
   */
  async write(origin: RowOrigin, slices: AsyncIterable<Slice>): Promise<void> {
    const key = JSON.stringify([origin.tenantId, origin.name]);
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    try {
      await this.#admit(key);
      await this.#store(key, origin, slices);
    } finally {
      const left = (this.#open.get(key) ?? 1) - 1;
      if (left > 0) this.#open.set(key, left);
      else this.#open.delete(key);
    }
  }

  async #store(key: string, origin: RowOrigin, slices: AsyncIterable<Slice>): Promise<void> {
    const named: ProblemPlace[] = [];
    let [stored, rejected] = [0, 0];
    const reject = (places: readonly ProblemPlace[]): void => {
      rejected += places.length;
      named.push(
        ...places
          .slice(0, namedMax - named.length)
          .map(({ where, what }) => ({ where: told(where), what: told(what) })),
      );
    };
    try {
      for await (const slice of slices) {
        reject(slice.rejected);
        if (slice.rows.length === 0) continue;
        await this.#rows.penalty(key, slice.rows.length);
        const faults = await this.#door.write(origin, slice.rows);
        const places = faults.flatMap((fault, row): ProblemPlace[] =>
          fault === undefined ? [] : [{ where: slice.places[row]!, what: `${fault.code}: ${fault.reason}` }],
        );
        reject(places);
        stored += slice.rows.length - places.length;
      }
    } catch (error) {
      if (error instanceof Problem && stored > 0) throw inPart(error, stored);
      throw error;
    }
    if (rejected > 0) throw rowsRejected({ named, stored, rejected });
  }

  /** One request that is as large as a body may be is always let in; those after it wait until the minute is over. */
  async #admit(key: string): Promise<void> {
    const { requestsPerMinute, rowsPerMinute, requestsAtOnce } = this.#limits;
    if ((this.#open.get(key) ?? 0) > requestsAtOnce) {
      throw tooMany(`${requestsAtOnce} requests are being answered already`, 1_000);
    }
    const requests = await this.#requests.penalty(key);
    if (requests.consumedPoints > requestsPerMinute) {
      throw tooMany(`more than ${requestsPerMinute} requests came within a minute`, requests.msBeforeNext);
    }
    const rows = await this.#rows.get(key);
    if (rows !== null && rows.consumedPoints >= rowsPerMinute) {
      throw tooMany(`more than ${rowsPerMinute} rows came within a minute`, rows.msBeforeNext);
    }
  }
}

/** As a text of its own: a piece of a line would hold the line, and it the piece of the request it was read from. */
function told(text: string): string {
  return Buffer.from(text.slice(0, toldMax)).toString();
}

function tooMany(reason: string, retryAfterMs: number): Problem {
  return new Problem({
    code: 'rows-too-many',
    detail: `not taken yet: with this credential ${reason}`,
    advice: 'Send the same rows again later; send more rows in fewer requests.',
    reaction: 'retry',
    status: 429,
    retryAfterMs,
  });
}

function rowsRejected({
  named,
  stored,
  rejected,
}: {
  named: ProblemPlace[];
  stored: number;
  rejected: number;
}): Problem {
  const shown = named.slice(0, 3).map(({ where, what }) => `${where}: ${what}`);
  const more = rejected > shown.length ? `; and ${rejected - shown.length} more` : '';
  return new Problem({
    code: 'rows-rejected',
    detail: `partial write: ${stored} stored, ${rejected} rejected: ${shown.join('; ')}${more}`,
    advice: 'Correct the places named and send them alone; all others are stored and need not be sent again.',
    reaction: 'drop',
    status: 400,
    places: named,
  });
}

function inPart(problem: Problem, stored: number): Problem {
  const { code, message, advice, reaction, status, retryAfterMs, places, cause } = problem;
  return new Problem({
    code,
    detail: `${message}; ${stored} rows before that are stored`,
    advice,
    reaction,
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    places,
    cause,
  });
}
