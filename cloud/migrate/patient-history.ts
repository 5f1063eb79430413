import type { MovableHistory } from '../history/movable-history.ts';
import type { Patience } from './patience.ts';

/** What of a history a move needs. */
export type MovedStore = Pick<
  MovableHistory,
  'amounts' | 'expired' | 'firstPages' | 'gaps' | 'quarantined' | 'restore' | 'samples' | 'watermarks'
>;

/** The same history for a move that waits through what passes by itself. */
export function patiently(store: MovableHistory, patience: Patience): MovedStore {
  return {
    amounts: (query) => patience.through(() => store.amounts(query)),
    expired: () => patience.through(() => store.expired()),
    firstPages: (queries) => patience.through(() => store.firstPages(queries)),
    gaps: (query) => patience.through(() => store.gaps(query)),
    quarantined: (query) => patience.through(() => store.quarantined(query)),
    samples: (query) => patience.through(() => store.samples(query)),
    watermarks: () => patience.through(() => store.watermarks()),
    async restore(piece) {
      const { gatewayId, epoch, first } = piece.known[0]!;
      let isTried = false;
      await patience.through(async () => {
        // One whose answer was lost may be there, and a second one would double it.
        const found = isTried ? await store.watermarks() : [];
        isTried = true;
        const isThere = found.some(
          (range) =>
            range.gatewayId === gatewayId && range.epoch === epoch && range.first <= first && first <= range.last,
        );
        if (!isThere) await store.restore(piece);
      });
    },
  };
}
