import type { LocalText } from '../model/asset.ts';
import { type MachineState, noCause, type StateMappingDefinition } from '../model/machine-state.ts';
import { isBad } from '../model/quality.ts';

/** A value as a history column holds it: booleans are 0 and 1, 64-bit integers bigint. */
export type SampleValue = number | bigint | boolean | string;

/** What one sample of a state signal says. */
export interface ObservedState {
  readonly state: MachineState;
  /** `noCause` when the plant gave none. */
  readonly cause: LocalText;
}

export const unobserved: ObservedState = { state: 'unknown', cause: noCause };

/** A mapping definition made ready for many look-ups. */
export class StateMapping {
  readonly version: string;
  readonly #entries = new Map<string, ObservedState>();

  constructor(definition: StateMappingDefinition) {
    this.version = definition.version;
    for (const { value, state, cause } of definition.states) this.#entries.set(keyOf(value), { state, cause });
  }

  /** `unknown` for a bad sample and for a value that is not listed. An uncertain sample counts as observed. */
  observe(status: number, value: SampleValue): ObservedState {
    if (isBad(status)) return unobserved;
    return this.#entries.get(keyOf(value)) ?? unobserved;
  }
}

/** 1, 1n and true are one value: which of them arrives depends on the column only. The text '1' is another. */
function keyOf(value: SampleValue): string {
  if (typeof value === 'string') return `text ${value}`;
  return String(typeof value === 'boolean' ? Number(value) : value);
}
