/** What is stored of one gateway: for each epoch the sequence ranges, inclusive, ascending. */
export type Ledger = ReadonlyMap<number, readonly (readonly [number, number])[]>;

/** What somebody has heard of a gateway, and when that was, UTC epoch ms. */
export interface Heard {
  readonly at: number;
  readonly ledger: Ledger;
}

/** More than this many ranges of an epoch do not travel: the oldest holes are then taken for heard. */
const rangesMax = 32;
const epochsMax = 4;
const positionText = /^\d{1,16}(;\d{1,16}:\d{1,16}-\d{1,16}(,\d{1,16}-\d{1,16}){0,31}){0,4}$/;

/** `at;epoch:first-last,first-last;epoch:…`, newest epochs only. */
export function formatHeard({ at, ledger }: Heard): string {
  const epochs = [...ledger]
    .filter(([, ranges]) => ranges.length > 0)
    .sort(([a], [b]) => a - b)
    .slice(-epochsMax);
  return [at, ...epochs.map(([epoch, ranges]) => `${epoch}:${shortened(ranges).map(formatRange).join(',')}`)].join(';');
}

/** Undefined for a text this service has not made. */
export function parseHeard(text: string): Heard | undefined {
  if (!positionText.test(text)) return undefined;
  const [at, ...epochs] = text.split(';');
  const ledger = epochs.map((part) => {
    const [epoch, ranges = ''] = part.split(':');
    return [Number(epoch), ranges.split(',').map(parseRange)] as const;
  });
  return { at: Number(at), ledger: new Map(ledger) };
}

/** What `now` has and `heard` has not. Epochs before the oldest of `heard` count as heard: they do not travel. */
export function missedBatches(now: Ledger, heard: Ledger): Batches {
  const oldest = Math.min(...heard.keys());
  const missed = new Map<number, [number, number][]>();
  for (const [epoch, ranges] of now) {
    if (heard.size > 0 && epoch < oldest) continue;
    const left = ranges.flatMap((range) => without(range, heard.get(epoch) ?? []));
    if (left.length > 0) missed.set(epoch, left);
  }
  return new Batches(missed);
}

/** A set of batches by (epoch, sequence). */
export class Batches {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get empty(): boolean {
    return this.#ledger.size === 0;
  }

  has({ epoch, sequence }: { epoch: number; sequence: number }): boolean {
    return this.#ledger.get(epoch)?.some(([first, last]) => first <= sequence && sequence <= last) === true;
  }
}

function without(range: readonly [number, number], holes: readonly (readonly [number, number])[]): [number, number][] {
  const left: [number, number][] = [];
  let [next] = range;
  for (const [first, last] of holes) {
    if (last < next || first > range[1]) continue;
    if (first > next) left.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= range[1]) left.push([next, range[1]]);
  return left;
}

function shortened(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  if (ranges.length <= rangesMax) return [...ranges];
  const kept = ranges.slice(-rangesMax);
  return [[ranges[0]![0], kept[0]![1]], ...kept.slice(1)];
}

function formatRange([first, last]: readonly [number, number]): string {
  return `${first}-${last}`;
}

function parseRange(text: string): [number, number] {
  const [first, last] = text.split('-').map(Number);
  return [first!, last!];
}
