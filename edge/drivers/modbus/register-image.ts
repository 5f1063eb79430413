import type { Area } from './address.ts';

/** A run of addresses of one area. */
export interface RegisterWindow {
  readonly area: Area;
  /** Zero-based, as on the wire. */
  readonly start: number;
  readonly count: number;
}

/** What a window held: words, or 0 and 1 of coils and discrete inputs; null where nothing could be read. */
export interface WindowImage {
  readonly area: Area;
  readonly start: number;
  readonly words: readonly (number | null)[];
}

/** What the windows of a source held at one moment. */
export interface RegisterImage {
  /** UTC epoch ms. */
  readonly atMs: number;
  readonly windows: readonly WindowImage[];
}

/** `held` has the words of all windows, one window after the other. */
export function imageOf(
  windows: readonly RegisterWindow[],
  held: readonly (number | null)[],
  atMs: number,
): RegisterImage {
  let next = 0;
  const images = windows.map(({ area, start, count }): WindowImage => {
    next += count;
    return { area, start, words: held.slice(next - count, next) };
  });
  return { atMs, windows: images };
}
