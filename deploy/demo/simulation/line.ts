import type { Agenda } from './agenda.ts';
import type { Counts, Journal } from './journal.ts';
import type { Incident, Machine } from './machine.ts';
import type { Meter } from './meter.ts';

/** A production line, simulated. Its course depends on the seed and on plant time, on nothing else. */
export interface Line {
  readonly agenda: Agenda;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly meter: Meter;
}

export interface LineOptions {
  readonly seed: string;
  readonly journal: Journal;
  /** Where counters and meter go on from; what is missing begins at its factory value. */
  readonly totals?: LineTotals | undefined;
  /** By machine. */
  readonly incidents?: Readonly<Record<string, readonly Incident[]>> | undefined;
}

/** What a real plant would not forget over a restart. */
export interface LineTotals {
  readonly counts: Readonly<Record<string, Counts>>;
  readonly wattMs: number;
}

export function totalsOf(line: Line): LineTotals {
  const counts = Object.fromEntries([...line.machines].map(([id, machine]) => [id, { ...machine.counts }]));
  return { counts, wattMs: line.meter.wattMs };
}

export function machineOf(line: Line, id: string): Machine {
  const machine = line.machines.get(id);
  if (machine === undefined) throw new RangeError(`The line has no machine ${id}.`);
  return machine;
}
