import type { Clock } from '@gongfu/shared/base/clock';
import { areas } from './address.ts';
import { dataBytesOf, type ReadRequest } from './plan.ts';
import { repeatedBytesOf, type WriteRequest } from './write-request.ts';

type Asked = ReadRequest | WriteRequest;

/** No source answers later than this; what it still owed is forgotten then. */
const patienceMs = 30_000;

/**
 * On a line without transaction numbers a late answer looks like the answer to the next request of the same shape (unit,
 * function, length). So after an unanswered request no other of its shape goes out until the unit has answered something
 * else: a unit answers in the order it was asked, so what is still owed then never comes.
 */
export class LateAnswers {
  readonly #clock: Clock;
  readonly #planned: readonly ReadRequest[];
  readonly #mayRead: (request: ReadRequest) => boolean;
  /** For each unit the shapes it owes, oldest first, and until when. */
  readonly #owed = new Map<number, Map<number, number>>();

  constructor(clock: Clock, planned: readonly ReadRequest[], mayRead: (request: ReadRequest) => boolean) {
    this.#clock = clock;
    this.#planned = planned;
    this.#mayRead = mayRead;
  }

  unanswered(request: Asked): void {
    const owed = this.#owed.get(request.unitId) ?? new Map<number, number>();
    const shape = shapeOf(request);
    owed.delete(shape);
    owed.set(shape, this.#clock.monotonicMs() + patienceMs);
    this.#owed.set(request.unitId, owed);
  }

  answered(request: Asked): void {
    this.#owed.delete(request.unitId);
  }

  /** An exception names its function only: it may be the answer to the oldest request of that function. */
  refused(request: Asked): void {
    const owed = this.#owed.get(request.unitId);
    if (owed === undefined) return;
    const shapes = [...owed.keys()];
    const oldest = shapes.findIndex((shape) => shape >> 8 === functionOf(request));
    if (oldest === -1) {
      this.answered(request);
      return;
    }
    for (const shape of shapes.slice(0, oldest + 1)) owed.delete(shape);
    this.unanswered(request);
  }

  /** What to ask before `request` may go out; undefined when it may. */
  settlingRequest(request: Asked): ReadRequest | undefined {
    const owed = this.#owed.get(request.unitId);
    if (owed === undefined) return undefined;
    for (const [shape, untilMs] of owed) if (untilMs <= this.#clock.monotonicMs()) owed.delete(shape);
    if (owed.size === 0) this.#owed.delete(request.unitId);
    if (!owed.has(shapeOf(request))) return undefined;
    const isFree = (other: ReadRequest) => other.unitId === request.unitId && !owed.has(shapeOf(other));
    const model = 'area' in request ? request : this.#planned.find(({ unitId }) => unitId === request.unitId);
    return this.#planned.find(isFree) ?? (model && otherLengths(model).filter(this.#mayRead).find(isFree));
  }
}

function shapeOf(request: Asked): number {
  return (functionOf(request) << 8) | ('area' in request ? dataBytesOf(request) : repeatedBytesOf(request));
}

function functionOf(request: Asked): number {
  return 'area' in request ? areas[request.area].readFunction : request.functionCode;
}

/** The request shortened and lengthened, the nearest first. */
function otherLengths(request: ReadRequest): ReadRequest[] {
  const { bits } = areas[request.area];
  const [step, countMax] = bits ? [8, 2000] : [1, 125];
  const counts: number[] = [];
  for (let by = step; by < countMax; by += step) counts.push(request.count - by, request.count + by);
  return counts
    .filter((count) => count >= 1 && count <= countMax && request.start + count <= 65_536)
    .map((count) => ({ ...request, count }));
}
