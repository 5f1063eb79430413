import { stationConditions } from './assembly-line.ts';
import { conveyorConditions, pressConditions, pressIds } from './curing-line.ts';
import type { Condition } from './journal.ts';
import type { Incident } from './machine.ts';

type Stop = readonly [machine: string, at: string, minutes: number, condition: Condition];

/**
 * The stops of the shift before the one that is on when the demonstration is started for the first time, in wall time after
 * the beginning of that shift. On line 1 a press stands long, the conveyor takes all presses with it, and the steam fails once;
 * on line 2 what comes after a station that stands has no wheels.
 */
const stops: readonly Stop[] = [
  ['press-3', '00:42', 14, pressConditions.doorOpen],
  ['station-2', '01:30', 58, stationConditions.abortedMotor],
  ['press-2', '02:13', 127, pressConditions.bladderLeak],
  ['conveyor', '03:05', 46, conveyorConditions.driveOverload],
  ['station-3', '04:30', 19, stationConditions.heldTorque],
  ...pressIds.map((press): Stop => [press, '05:20', 16, pressConditions.steamLow]),
  ['station-1', '06:05', 27, stationConditions.heldPart],
  ['press-1', '06:40', 9, pressConditions.loaderJam],
];

/** The incidents of that shift by machine, in plant time, when plant time begins with the shift. */
export function nightIncidents(speed: number): Readonly<Record<string, readonly Incident[]>> {
  const found: Record<string, Incident[]> = {};
  for (const [machine, at, minutes, condition] of stops) {
    const [hour = 0, minute = 0] = at.split(':').map(Number);
    const atMs = Math.round((hour * 60 + minute) * 60_000 * speed);
    const incident = { condition, atMs, forMs: Math.round(minutes * 60_000 * speed) };
    found[machine] = [...(found[machine] ?? []), incident];
  }
  return found;
}
