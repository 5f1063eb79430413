import { plannedIn } from '@gongfu/shared/kpi/calendar';
import { type CounterRole, CounterTimeline } from '@gongfu/shared/kpi/counts';
import type { Interval } from '@gongfu/shared/kpi/interval';
import { addColumns } from '@gongfu/shared/kpi/sample-columns';
import type { SampleValue } from '@gongfu/shared/kpi/state-mapping';
import { holdMsOf, StateTimeline } from '@gongfu/shared/kpi/time-model';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import { isBad } from '@gongfu/shared/model/quality';
import type { HistoryStore, HistoryTag, TagColumns } from '../history/history-store.ts';
import { checked } from './kpi-range.ts';
import type { KpiUnit } from './kpi-unit.ts';

const hourMs = 3_600_000;
/** How far before the window the state is read to judge pieces counted across its start; older than that counts as unobserved. */
const longestBaseMs = 7 * 24 * hourMs;

/** What history holds of one work unit, ready to be evaluated or folded on. */
export interface UnitTimelines {
  readonly states: StateTimeline;
  /** From when on the states were read, at most the start asked for. */
  readonly knownFrom: number;
  readonly counters: readonly {
    readonly role: CounterRole;
    readonly tag: number;
    readonly timeline: CounterTimeline;
  }[];
  /** Per history number the time of the sample that holds at the start; what is older changes nothing. Absent where none is. */
  readonly bases: ReadonlyMap<number, number>;
  /** The rows read, by history number. */
  readonly rows: ReadonlyMap<number, TagColumns>;
}

/** Reads a work unit's samples of [from, to) and what holds at `from`. */
export async function readUnit(
  history: Pick<HistoryStore, 'columns'>,
  unit: KpiUnit,
  from: number,
  to: number,
): Promise<UnitTimelines> {
  const rows = new Map<number, TagColumns>();
  const bases = new Map<number, number>();
  const counters: UnitTimelines['counters'][number][] = [];
  let knownFrom = from;
  for (const { role, signal } of unit.counters) {
    const columns = await history.columns({ tag: signal.tag, from, to, before: true });
    const base = await baseBefore(history, signal.tag, columns, from);
    const timeline = new CounterTimeline({ rolloverAt: signal.rolloverAt });
    if (base !== undefined) addColumns(timeline, base);
    addColumns(timeline, columns);
    counters.push({ role, tag: signal.tag.number, timeline });
    rows.set(signal.tag.number, columns);
    const baseTime = (base ?? columns).sourceTimes[0];
    if (baseTime === undefined || baseTime >= from || isBad((base ?? columns).statuses[0]!)) continue;
    bases.set(signal.tag.number, baseTime);
    knownFrom = Math.min(knownFrom, baseTime);
  }
  knownFrom = Math.max(knownFrom, from - longestBaseMs);
  const columns = await history.columns({ tag: unit.state.tag, from: knownFrom, to, before: true });
  rows.set(unit.state.tag.number, columns);
  const first = columns.sourceTimes[0];
  if (first !== undefined && first < from) bases.set(unit.state.tag.number, first);
  const states = new StateTimeline({ mapping: unit.mapping, holdMs: holdMsOf(unit.state.maxSilentMs) });
  addColumns(states, columns);
  return { states, knownFrom, counters, bases, rows };
}

/**
 * Planned time from `knownFrom` to `to`. What lies before counts as planned: pieces made then are told as unobserved, which is certain,
 * not as unplanned, which nobody looked up. @throws Problem for a calendar that cannot be used.
 */
export function plannedTime(calendar: CalendarDefinition, knownFrom: number, to: number): Interval[] {
  return [[0, knownFrom], ...checked(calendar, () => plannedIn(calendar, knownFrom, to))];
}

/**
 * The newest sample before `from` is the base of a counter, but a bad one says nothing: then the last that does is looked
 * for, in steps that double, so that an outage over the start of a shift loses no pieces.
 */
async function baseBefore(
  history: Pick<HistoryStore, 'columns'>,
  tag: HistoryTag,
  columns: TagColumns,
  from: number,
): Promise<TagColumns | undefined> {
  const first = columns.sourceTimes[0];
  if (first === undefined || first >= from || !isBad(columns.statuses[0]!)) return undefined;
  let to = first;
  for (let spanMs = hourMs; to > 0; spanMs *= 2) {
    const older = await history.columns({ tag, from: Math.max(0, to - spanMs), to, before: true });
    if (older.sourceTimes.length === 0) return undefined;
    const row = older.statuses.findLastIndex((status) => !isBad(status));
    if (row >= 0) return rowOf(older, row);
    to = older.sourceTimes[0]!;
  }
  return undefined;
}

function rowOf({ sourceTimes, statuses, values }: TagColumns, row: number): TagColumns {
  return {
    sourceTimes: sourceTimes.slice(row, row + 1),
    statuses: statuses.slice(row, row + 1),
    values: values.slice(row, row + 1),
  };
}

/** True when the rows read hold this very sample. */
export function hasRow(rows: TagColumns, time: number, status: number, value: SampleValue): boolean {
  const { sourceTimes, statuses, values } = rows;
  for (let row = firstAt(sourceTimes, time); sourceTimes[row] === time; row += 1) {
    if (statuses[row] === status && (isBad(status) || values[row] === value)) return true;
  }
  return false;
}

function firstAt(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * When the state of the first row truly began, if it still is the newest one. Looks back a day at most: beyond that the
 * answer means "at least since". Undefined when the state has changed since the first row, or there is none.
 */
export async function firstRunOf(
  history: Pick<HistoryStore, 'columns'>,
  unit: KpiUnit,
  states: StateTimeline,
  rows: TagColumns,
): Promise<{ from: number; since: number } | undefined> {
  const from = rows.sourceTimes[0];
  if (from === undefined || states.newest()?.since !== from) return undefined;
  let since = from;
  for (const hours of [1, 8, 24]) {
    const earliest = from - hours * hourMs;
    const older = await history.columns({ tag: unit.state.tag, from: earliest, to: from, before: false });
    if (older.sourceTimes.length === 0) break;
    const longer = new StateTimeline({ mapping: unit.mapping, holdMs: holdMsOf(unit.state.maxSilentMs) });
    addColumns(longer, older);
    addColumns(longer, rowOf(rows, 0));
    since = longer.newest()!.since;
    if (since > older.sourceTimes[0]!) break;
  }
  return { from, since };
}
