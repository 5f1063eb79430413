import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { areas } from './address.ts';
import type { ModbusSource } from './config.ts';
import { transferMsOf } from './line-time.ts';
import { halve, planGroups, type ReadRequest } from './plan.ts';
import { imageOf, type RegisterImage, type RegisterWindow } from './register-image.ts';
import { registerTags, sizeOf, sourceSilent } from './register-tags.ts';
import { RequestFault, UnsentFault } from './request-fault.ts';

/** A running driver that lets others use what its polls leave of the line. */
export interface LineSharer {
  readBeside(request: ReadRequest): Promise<Uint8Array | RequestFault>;
}

export interface BesideReaderOptions {
  /** As the driver runs it, with the unit to read. */
  readonly source: ModbusSource;
  readonly windows: readonly RegisterWindow[];
  /** Asked before each request: a reload may have put another one in its place; undefined while there is none. */
  readonly driver: () => LineSharer | undefined;
  readonly clock: Clock;
}

/** After a request the line is left alone for so many times as long as that took: at most a quarter of it is used. */
const restTimes = 3;
/** On a serial line no poll waits for more than about this. */
const transferMaxMs = 100;
/** A range that has let a request go unanswered so often is not asked for again: each time costs the source its connection. */
const unansweredMax = 2;

/**
 * Reads windows of a source the agent polls, over the agent's own connection: never while a poll waits, one short request at a time,
 * and with rests. What the source refuses is looked at in halves, what it does not answer is soon left alone.
 */
export class BesideReader {
  readonly #options: BesideReaderOptions;
  readonly #held: (number | null)[];
  readonly #unanswered = new Map<string, number>();
  #requests: readonly ReadRequest[];
  #detail = '';

  constructor(options: BesideReaderOptions) {
    const { source, windows } = options;
    this.#options = options;
    this.#held = Array.from({ length: sizeOf(windows) }, () => null);
    this.#requests = planGroups(shortened(source), registerTags(source, windows)).flatMap(({ requests }) => requests);
  }

  /**
   * Reads all windows once. Where nothing can be read the words are null.
   * @throws Problem `assist-source-silent` when nothing at all could be read
   */
  async image(): Promise<RegisterImage> {
    const { windows, clock } = this.#options;
    const askedMs = clock.now();
    const next: ReadRequest[] = [];
    for (const request of this.#requests) next.push(...(await this.#read(request)));
    this.#requests = next;
    if (this.#held.every((word) => word === null)) throw sourceSilent(this.#detail);
    return imageOf(windows, this.#held, (askedMs + clock.now()) / 2);
  }

  /** What to ask in its place next time. */
  async #read(request: ReadRequest): Promise<readonly ReadRequest[]> {
    const { clock, driver } = this.#options;
    const beganMs = clock.monotonicMs();
    const reply = await driver()?.readBeside(request);
    if (reply instanceof Uint8Array) this.#hold(request, reply);
    else for (const { number } of request.tags) this.#held[number] = null;
    await sleep(clock, Math.max(1, (clock.monotonicMs() - beganMs) * restTimes));
    if (!(reply instanceof RequestFault)) return [request];
    this.#detail = reply.message;
    if (reply instanceof UnsentFault) return [request];
    if (reply.refusesRange && request.tags.length > 1) {
      const [first, second] = halve(request);
      return [...(await this.#read(first!)), ...(await this.#read(second!))];
    }
    if (reply.exceptionCode !== undefined) return reply.refusesRange ? [] : [request];
    const key = `${request.area}:${request.start}`;
    const times = (this.#unanswered.get(key) ?? 0) + 1;
    this.#unanswered.set(key, times);
    return times < unansweredMax ? [request] : [];
  }

  #hold({ area, start, tags }: ReadRequest, bytes: Uint8Array): void {
    const { bits } = areas[area];
    for (const { number, address } of tags) {
      const at = address.register - start;
      this.#held[number] = bits ? (bytes[at >> 3]! >> (at & 7)) & 1 : (bytes[at * 2]! << 8) | bytes[at * 2 + 1]!;
    }
  }
}

/** With limits that keep a poll from waiting long for what is read beside it. */
function shortened(source: ModbusSource): ModbusSource {
  let count = source.registersPerRequestMax;
  while (count > 1 && transferMsOf(source, { ...emptyRequest, count }) > transferMaxMs) count -= 1;
  const bitsPerRequestMax = Math.min(source.bitsPerRequestMax, count * 16);
  return { ...source, registersPerRequestMax: count, bitsPerRequestMax };
}

const emptyRequest: ReadRequest = { unitId: 1, area: 'holding', start: 0, count: 0, tags: [] };
