import type { LocalText } from './asset.ts';

/** What a work unit does, in words a state signal is mapped to. */
export const machineStates = [
  'running',
  'setup',
  'starved',
  'blocked',
  'idle',
  'down',
  'planned-stop',
  'unknown',
] as const;
export type MachineState = (typeof machineStates)[number];

/** From the values of a state signal to machine states. A value not listed is `unknown`, never guessed. */
export interface StateMappingDefinition {
  readonly stateMappingId: string;
  /** Changes with every change of the content; every KPI result names it. */
  readonly version: string;
  readonly states: readonly StateMappingEntry[];
}

export interface StateMappingEntry {
  readonly value: number | boolean | string;
  readonly state: MachineState;
  /** Cause shown beside the state, free text of the plant; `noCause` when the state says enough. */
  readonly cause: LocalText;
}

export const noCause: LocalText = { zh: '', en: '' };
