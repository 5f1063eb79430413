import type { Hypothesis, Layout, RawValues } from './layouts.ts';
import { overlapPrior, sameRegistersPrior } from './priors.ts';
import type { ScoredHypothesis, Scoring } from './scoring.ts';

/**
 * - `certain`: one hypothesis is left, and that it fits by chance is excluded.
 * - `equal`: what is left has read the same in every image so far, as signed and unsigned do below 32768, two copies of a value, or
 *   numbers that differ by nothing a display shows.
 * - `likely`: nothing else fits, but so few digits may agree by chance.
 * - `open`: several fit that read differently.
 * - `none`: nothing fits.
 */
export type Verdict = 'certain' | 'equal' | 'likely' | 'open' | 'none';

/** What goes into a configuration without a person's word; `likely` needs one, and the rest is chosen by hand or left out. */
export const settledVerdicts: readonly Verdict[] = ['certain', 'equal'];

/** Odds below which a rival counts as excluded. */
const doubt = 1 / 1_000;
/** Values a register must have shown for its copies to be taken for copies. */
const differentMin = 5;
/** Share of the last digit shown by which what reads alike may differ. */
const alikeShare = 1 / 20;
/** Hypotheses beyond this are too unlikely for a class of their own. */
const comparedMax = 600;

/** Registers, or single bits of them, that belong to a tag. */
export type Claims = ReadonlyMap<string, 'whole' | 'bit'>;

export interface Judgement {
  readonly verdict: Verdict;
  /** Proposed; undefined with the verdict `none`. */
  readonly best: ScoredHypothesis | undefined;
  /** Of everything, "none of these" included, in [0, 1]: that what reads as `best` has read so far is right. */
  readonly probability: number;
  /** Others that have read the same so far, the likeliest first. */
  readonly equals: readonly ScoredHypothesis[];
  /** The likeliest of each other class that fits, and is not excluded. */
  readonly rivals: readonly ScoredHypothesis[];
  /** Bits missing for `certain`, when only chance stands in the way; 0 otherwise. */
  readonly missingBits: number;
  /** Registers that are settled to be this tag's. */
  readonly claims: Claims;
}

const nothing: Judgement = {
  verdict: 'none',
  best: undefined,
  probability: 0,
  equals: [],
  rivals: [],
  missingBits: 0,
  claims: new Map(),
};

interface ReadAlike {
  readonly members: readonly ScoredHypothesis[];
  readonly weight: number;
}

/** Weighs the hypotheses against each other and against "none of these", beside what other tags have claimed. */
export function judge(scoring: Scoring, raw: RawValues, claimed: readonly Claims[]): Judgement {
  const owners = ownersOf(claimed);
  const freed = freedBits(scoring, raw, owners);
  const all = scoring.hypotheses
    .map((one) => ({ ...one, bits: one.bits + freed + claimBits(one.layout, owners) }))
    .sort((a, b) => b.bits - a.bits);
  const fitting = all.filter(({ fits }) => missesOf(fits) <= slipsAllowed(fits.length)).slice(0, comparedMax);
  if (fitting.length === 0) return nothing;
  // Relative to the best, so that no power of two overflows; the odds of "none of these" are 0 bits.
  const top = Math.max(0, all[0]!.bits);
  const weightOf = (bits: number) => 2 ** (bits - top);
  const [winner, ...apart] = withAlike(classesOf(fitting, raw, scoring, weightOf), raw, scoring);
  const absent = weightOf(0);
  const others = all.reduce((sum, { bits }) => sum + weightOf(bits), 0) - winner.weight;
  const [best, ...equals] = winner.members;
  const rivals = apart.filter(({ weight }) => weight > winner.weight * doubt).map(({ members }) => members[0]!);
  const excluded = others <= winner.weight * doubt;
  const chance = absent / winner.weight;
  const left = equals.filter(({ bits }) => weightOf(bits) > weightOf(best!.bits) * doubt);
  const claims = claimsOf([best!, ...left]);
  if (left.length > 0 && claims.size === 0 && !hasMoved(best!, raw, scoring)) {
    // Registers that stand still read alike wherever they lie.
    return {
      ...nothing,
      verdict: 'open',
      best,
      probability: winner.weight / (winner.weight + others + absent),
      rivals: [...left, ...rivals],
    };
  }
  return {
    verdict: verdictOf({ excluded, chance, left: left.length }),
    best: best!,
    probability: winner.weight / (winner.weight + others + absent),
    equals: left,
    rivals,
    missingBits: excluded && chance > doubt ? Math.log2(chance / doubt) : 0,
    claims: excluded && chance <= doubt ? claims : new Map(),
  };
}

export function missesOf(fits: readonly boolean[]): number {
  return fits.filter((fit) => !fit).length;
}

/** Among many readings one may be misread; among few each must fit. */
function slipsAllowed(readings: number): number {
  return Math.floor(readings / 4);
}

function verdictOf({ excluded, chance, left }: { excluded: boolean; chance: number; left: number }): Verdict {
  if (!excluded) return 'open';
  if (chance > doubt) return 'likely';
  return left === 0 ? 'certain' : 'equal';
}

/** Whether it has shown so many different values that another place with all of them is a copy of it; of a lamp that cannot be told. */
function hasMoved({ layout, place }: ScoredHypothesis, raw: RawValues, { images }: Scoring): boolean {
  return layout.type !== 'bool' && new Set(images.map((image) => raw.of(image)[place]!)).size >= differentMin;
}

/** What a hypothesis has read in all images of its scoring, by its list of fits, which is its own: each round of claims asks again. */
const readingKeys = new WeakMap<readonly boolean[], string>();

/** Hypotheses that have read the same in every image, as one. */
function classesOf(
  hypotheses: readonly ScoredHypothesis[],
  raw: RawValues,
  { images }: Scoring,
  weightOf: (bits: number) => number,
): ReadAlike[] {
  const values = images.map((image) => raw.of(image));
  const byReading = new Map<string, ScoredHypothesis[]>();
  for (const one of hypotheses) {
    const key = readingKeys.get(one.fits) ?? values.map((some) => shortText(some[one.place]! * one.scale)).join(' ');
    readingKeys.set(one.fits, key);
    const members = byReading.get(key);
    if (members === undefined) byReading.set(key, [one]);
    else members.push(one);
  }
  return [...byReading.values()]
    .map((members) => ({ members, weight: members.reduce((sum, { bits }) => sum + weightOf(bits), 0) }))
    .sort((a, b) => b.weight - a.weight);
}

/** The first class with all others no display of these digits could ever tell from it, as those of a number whose last words are another's. */
function withAlike(
  [winner, ...others]: readonly ReadAlike[],
  raw: RawValues,
  { images, resolution }: Scoring,
): [ReadAlike, ...ReadAlike[]] {
  const values = images.map((image) => raw.of(image));
  const [a] = winner!.members;
  const isAlike = ({ members: [b] }: ReadAlike) =>
    values.every(
      (some) => Math.abs(some[a!.place]! * a!.scale - some[b!.place]! * b!.scale) <= resolution * alikeShare,
    );
  const alike = others.filter(isAlike);
  const members = [winner!, ...alike].flatMap((some) => some.members).sort((one, two) => two.bits - one.bits);
  const weight = [winner!, ...alike].reduce((sum, some) => sum + some.weight, 0);
  return [{ members, weight }, ...others.filter((one) => !alike.includes(one))];
}

/** Two ways of scaling differ in the last bit only. */
function shortText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(12).replace(/0+$/, '');
}

/** Who has claimed a register; most nobody. */
type Owners = ReadonlyMap<string, readonly Claims[]>;

function ownersOf(claimed: readonly Claims[]): Owners {
  const owners = new Map<string, Claims[]>();
  for (const claims of claimed) {
    for (const key of claims.keys()) owners.set(key, [...(owners.get(key) ?? []), claims]);
  }
  return owners;
}

/** A register belongs to one value: what others have claimed costs a hypothesis that reaches into it. */
function claimBits(layout: Layout, owners: Owners): number {
  if (owners.size === 0) return 0;
  const own = registersIn(layout);
  const touched = new Set(own.flatMap((register) => owners.get(register) ?? []));
  return [...touched].reduce((bits, claims) => {
    const shared = own.filter((register) => isTaken(layout.bit, register, claims)).length;
    if (shared === 0) return bits;
    const same = layout.bit === undefined && shared === own.length && own.length === claims.size;
    return bits + Math.log2(same ? sameRegistersPrior : overlapPrior);
  }, 0);
}

/** Bits of numbers others have claimed are no lamps: of what could be one less is left, and each of that is likelier. */
function freedBits({ weights, hypotheses }: Scoring, raw: RawValues, owners: Owners): number {
  if (owners.size === 0 || hypotheses[0]?.layout.type !== 'bool') return 0;
  let [total, left] = [0, 0];
  for (const [place, weight] of weights.entries()) {
    if (weight === 0) continue;
    total += weight;
    left += weight * 2 ** claimBits(raw.layouts[place]!, owners);
  }
  return Math.log2(total / left);
}

/** A bit leaves the other bits of its register to others, and the register as a number to nobody. */
function isTaken(bit: number | undefined, register: string, claims: Claims): boolean {
  const claim = claims.get(register);
  if (bit === undefined) return claim !== undefined;
  return claim === 'whole' || claims.has(`${register}.${bit}`);
}

function registersIn({ area, start, count }: Layout): string[] {
  return Array.from({ length: count }, (_, place) => `${area}:${start + place}`);
}

/** What every one of these reads; a bit also stands for its register. */
function claimsOf(hypotheses: readonly Hypothesis[]): Claims {
  const { bit } = hypotheses[0]!.layout;
  // Of two bits of one register nobody knows which it is.
  if (hypotheses.some(({ layout }) => layout.bit !== bit)) return new Map();
  const [first, ...rest] = hypotheses.map(({ layout }) => registersIn(layout));
  const common = first!.filter((register) => rest.every((registers) => registers.includes(register)));
  if (bit === undefined) return new Map(common.map((register) => [register, 'whole'] as const));
  return new Map(common.flatMap((register) => [[register, 'bit'] as const, [`${register}.${bit}`, 'bit'] as const]));
}
