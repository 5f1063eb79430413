import type { MachineState } from '@gongfu/shared/model/machine-state';

/** One row of a machine's state table: what its state signal says, what that means, and what it draws meanwhile. */
export interface Condition {
  /** The value of the signal that plays the role `state`. */
  readonly value: number;
  readonly state: MachineState;
  /** '' where the state says enough. */
  readonly cause: string;
  readonly watts: number;
}

export interface Counts {
  total: number;
  good: number;
  scrap: number;
}

/** Hears what happens, at the plant ms it happens. */
export interface Journal {
  state(machine: string, condition: Condition, atMs: number): void;
  part(machine: string, good: boolean, counts: Counts, atMs: number): void;
  energy(wattMs: number, atMs: number): void;
}
