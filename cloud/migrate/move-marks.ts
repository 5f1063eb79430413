import { createHash } from 'node:crypto';
import type { HistoryStore, WatermarkRange } from '../history/history-store.ts';
import { otherSource, unfinished, used } from './migration-problems.ts';

type KnownStore = Pick<HistoryStore, 'watermarks'>;

/** A gateway nobody has: its sequences tell what of the move is stored. */
const moverId = 'migration';
/** Of window 0. */
const stages = { begun: 1, gaps: 2, done: 3, ranges: 4 } as const;
const firstQuarantinePage = 1_000;
/** Above all places. */
const identities = { from: 2 ** 40, bits: 40 } as const;

/** How far the move into a store is; the marks are stored together with what they tell of. */
export class MoveMarks {
  readonly #ranges = new Map<number, (readonly [number, number])[]>();
  readonly #isUsed: boolean;

  private constructor(found: readonly WatermarkRange[]) {
    this.#isUsed = found.length > 0;
    for (const { gatewayId, epoch, first, last } of found) {
      if (gatewayId !== moverId) continue;
      this.#ranges.set(epoch, [...(this.#ranges.get(epoch) ?? []), [first, last]]);
    }
  }

  static async of(store: KnownStore): Promise<MoveMarks> {
    return new MoveMarks(await store.watermarks());
  }

  get isBegun(): boolean {
    return this.has(0, stages.begun);
  }

  get isDone(): boolean {
    return this.has(0, stages.done);
  }

  has(window: number, place: number): boolean {
    return (this.#ranges.get(window) ?? []).some(([first, last]) => first <= place && place <= last);
  }

  hasStage(stage: keyof typeof stages): boolean {
    return this.has(0, stages[stage]);
  }

  hasQuarantine(page: number): boolean {
    return this.has(0, firstQuarantinePage + page);
  }

  /** What is there already is a part of the move from this source, or nothing is moved. */
  check(source: readonly WatermarkRange[]): void {
    if (this.isBegun) {
      if (!this.has(0, identityOf(source))) throw otherSource();
    } else if (this.#isUsed) throw used('the history of the target is not empty, and no migration has begun there');
  }
}

export function markOf(window: number, place: number): WatermarkRange {
  return { gatewayId: moverId, epoch: window, first: place, last: place };
}

export function stageMark(stage: keyof typeof stages): WatermarkRange {
  return markOf(0, stages[stage]);
}

export function quarantineMark(page: number): WatermarkRange {
  return markOf(0, firstQuarantinePage + page);
}

/** That it has begun, and from which source. */
export function beginMarks(source: readonly WatermarkRange[]): WatermarkRange[] {
  return [stageMark('begun'), markOf(0, identityOf(source))];
}

/** Of the gateways, without the marks of a move. */
export async function rangesOf(store: KnownStore): Promise<WatermarkRange[]> {
  return (await store.watermarks()).filter(({ gatewayId }) => gatewayId !== moverId);
}

/** @throws Problem `migration-unfinished` */
export async function refuseUnfinished(store: KnownStore): Promise<void> {
  const marks = await MoveMarks.of(store);
  if (marks.isBegun && !marks.isDone) throw unfinished('this history');
}

/** What was stored tells one source from another, and the same one from what it was before. */
function identityOf(source: readonly WatermarkRange[]): number {
  const text = JSON.stringify(source.map(({ gatewayId, epoch, first, last }) => [gatewayId, epoch, first, last]));
  const digest = createHash('sha256').update(text).digest();
  return identities.from + digest.readUIntBE(0, identities.bits / 8);
}
