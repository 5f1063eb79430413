import { type MachineState, noCause } from '@gongfu/shared/model/machine-state';
import type { AssetState } from './kpi-engine.ts';

/** A group runs while one of its units runs; otherwise it shows what needs a person most. */
const statesByWeight: readonly MachineState[] = [
  'running',
  'down',
  'setup',
  'blocked',
  'starved',
  'idle',
  'planned-stop',
  'unknown',
];
const doubtsByWeight: readonly AssetState['doubt'][] = ['bad', 'stale', 'never-seen', 'none'];

/**
 * One state for a group from those of its units. Units in doubt have a say only when all are in doubt. `since` is when the first of the
 * units that show the state entered it: at least that long. A cause is shown when all of these give the same. `doubt` is the worst of
 * the units'.
 */
export function groupState(assetId: string, units: readonly AssetState[]): AssetState {
  const sure = units.filter((unit) => unit.doubt === 'none');
  const heard = sure.length > 0 ? sure : units;
  const state = statesByWeight.find((candidate) => heard.some((unit) => unit.state === candidate)) ?? 'unknown';
  const showing = heard.filter((unit) => unit.state === state);
  const begun = showing.flatMap((unit) => unit.since ?? []);
  const cause = showing[0]?.cause ?? noCause;
  const isShared = showing.every((unit) => unit.cause.zh === cause.zh && unit.cause.en === cause.en);
  return {
    assetId,
    state,
    cause: isShared ? cause : noCause,
    since: begun.length === 0 ? null : Math.min(...begun),
    doubt: doubtsByWeight.find((candidate) => units.some((unit) => unit.doubt === candidate)) ?? 'none',
  };
}
