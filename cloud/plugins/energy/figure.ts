import type { KpiFigure } from '@gongfu/shared/sdk/plugin';
import type { LineWindow } from './line-energy.ts';
import type { Settings } from './manifest.ts';

/** How sure a figure is, for people: `unknown` has no number. */
export type FigureState = 'complete' | 'partly' | 'no-pieces' | 'unknown';

/**
 * Energy per piece after ISO 22400-2, comprehensive energy consumption e = E / PQ. `good` takes GQ, the good pieces, instead of
 * PQ: what was used for scrap then counts against those that can be sold. Null where too little of the energy is known, for the
 * energy of a part over the pieces of the whole would be a wrong figure that looks like a good one.
 */
export function perPiece(window: LineWindow, pieces: 'good' | 'produced', settings: Settings): number | null {
  const count = window[pieces];
  if (window.energyKwh === null || window.energyCoverage < settings.minimumCoverage || count <= 0) return null;
  return window.energyKwh / count;
}

export function stateOf(window: LineWindow, settings: Settings): FigureState {
  if (window.energyKwh === null || window.energyCoverage < settings.minimumCoverage) return 'unknown';
  if (window.good <= 0) return 'no-pieces';
  // The newest reading is always a little old: the last of an open window is not yet metered.
  return window.energyCoverage >= (window.open ? settings.minimumCoverage : 0.999) ? 'complete' : 'partly';
}

export function figureOf(
  assetId: string,
  window: LineWindow,
  pieces: 'good' | 'produced',
  settings: Settings,
): KpiFigure {
  const { label, from, to, open, energyKwh, unassignedKwh, energyCoverage, falls, produced, good, pieceCoverage } =
    window;
  return {
    assetId,
    label,
    from,
    to,
    open,
    value: perPiece(window, pieces, settings),
    coverage: energyCoverage,
    inputs: { energyKwh, unassignedKwh, falls, produced, good, pieceCoverage },
  };
}
