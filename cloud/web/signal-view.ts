/** What the signals page shows, all of it in the address: a link opens the same picture. */
export interface SignalView {
  readonly tags: readonly string[];
  /** UTC epoch ms; null: the last `spanMs` up to now, moving on. */
  readonly range: Range | null;
  readonly spanMs: number;
  /** The part whose figures are wanted; null: all that is seen. */
  readonly brush: Range | null;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export const signalsMax = 20;
export const spansMs = [
  60_000, 900_000, 3_600_000, 28_800_000, 86_400_000, 604_800_000, 2_592_000_000, 31_536_000_000,
] as const;
const spanMsStandard = 3_600_000;
const narrowestMs = 10;
const widestMs = 100 * 365 * 86_400_000;

/** What does not read as meant is left out: an address is typed by people too. */
export function readView(address: URLSearchParams): SignalView {
  const tags = (address.get('tags') ?? '').split(',').filter((id) => /^\d{1,10}$/.test(id));
  const span = Number(address.get('span'));
  return {
    tags: [...new Set(tags)].slice(0, signalsMax),
    range: rangeOf(address.get('from'), address.get('to')),
    spanMs: span >= narrowestMs && span <= widestMs ? span : spanMsStandard,
    brush: rangeOf(...((address.get('part') ?? '').split('~') as [string, string?])),
  };
}

export function writeView({ tags, range, spanMs, brush }: SignalView): URLSearchParams {
  const address = new URLSearchParams();
  if (tags.length > 0) address.set('tags', tags.join(','));
  if (range !== null) {
    address.set('from', String(range.from));
    address.set('to', String(range.to));
  } else if (spanMs !== spanMsStandard) address.set('span', String(spanMs));
  if (brush !== null) address.set('part', `${brush.from}~${brush.to}`);
  return address;
}

/** `factor` below 1 goes closer; `at` (0 to 1) is the place that stays where it is. */
export function zoomed({ from, to }: Range, factor: number, at = 0.5): Range {
  const spanMs = Math.min(widestMs, Math.max(narrowestMs, (to - from) * factor));
  const begin = Math.max(0, Math.round(from + (to - from - spanMs) * at));
  return { from: begin, to: Math.round(begin + spanMs) };
}

export function shifted({ from, to }: Range, share: number): Range {
  const by = Math.max(-from, Math.round((to - from) * share));
  return { from: from + by, to: to + by };
}

/** Of two ends in either order; null when there is nothing between them. */
export function between(a: number, b: number): Range | null {
  const [from, to] = [Math.round(Math.min(a, b)), Math.round(Math.max(a, b))];
  return to - from < 1 ? null : { from: Math.max(0, from), to };
}

function rangeOf(from: string | null | undefined, to: string | null | undefined): Range | null {
  if (from == null || to == null || !/^\d{1,15}$/.test(from) || !/^\d{1,15}$/.test(to)) return null;
  const range = { from: Number(from), to: Number(to) };
  return range.from < range.to && range.to - range.from <= widestMs ? range : null;
}
