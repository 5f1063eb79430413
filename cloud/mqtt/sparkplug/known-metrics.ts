import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import { isSourceTime } from '@gongfu/shared/model/source-time';
import type { Reading } from '../reading.ts';
import { nameOfDataType, valueTypeOf } from './data-type.ts';
import { metricValue } from './metric-value.ts';
import type { Metric } from './payload.ts';

interface KnownMetric {
  readonly name: string;
  readonly datatype: number;
  readonly unit: string;
  /** As of its last message; undefined before the first value. */
  last: { readonly time: number; readonly isBad: boolean } | undefined;
}

/** A metric that could not become a reading; `asksRebirth` where a birth would tell what it is. */
export interface Unread {
  readonly reason: string;
  readonly asksRebirth: boolean;
}

/** What a message says of itself: the time it was made at, as told, and when it came. */
export interface MessageTimes {
  readonly time: number;
  readonly arrivedAt: number;
}

/** How many more names may be remembered, of all nodes of a host together. */
export interface NameRoom {
  left: number;
}

/** Control metrics are for commands, `bdSeq` is for the session: none is a signal of the plant. */
const notSignals = /^(bdSeq$|Node Control\/|Device Control\/)/;

/** What the births of one node or one device told: names, aliases, types; and what each said last. */
export class KnownMetrics {
  readonly #source: string;
  readonly #metricsMax: number;
  readonly #room: NameRoom;
  readonly #byName = new Map<string, KnownMetric>();
  readonly #byAlias = new Map<string, KnownMetric>();
  /** Names and aliases of the birth that cannot be read: telling them anew would not help. */
  readonly #leftOut = new Set<string>();

  constructor(options: { source: string; metricsMax: number; room: NameRoom }) {
    this.#source = options.source;
    this.#metricsMax = options.metricsMax;
    this.#room = options.room;
  }

  /** Names that are remembered, those left out among them. */
  get size(): number {
    return this.#byName.size + this.#leftOut.size;
  }

  /** Forgets aliases and types, keeps what was said last of names that are born again. */
  birth(metrics: readonly Metric[], times: MessageTimes): (Reading | Unread)[] {
    const before = new Map(this.#byName);
    this.#room.left += this.#byName.size + this.#byAlias.size + this.#leftOut.size;
    this.#byName.clear();
    this.#byAlias.clear();
    this.#leftOut.clear();
    return metrics.flatMap((metric) => {
      const { name, alias, datatype } = metric;
      if (name !== undefined && notSignals.test(name)) return [];
      const reason = this.#birthFault(metric);
      if (reason !== undefined) {
        this.#leaveOut(metric);
        return { reason, asksRebirth: false };
      }
      const known = { name: name!, datatype: datatype!, unit: metric.unit ?? '', last: before.get(name!)?.last };
      if (!this.#byName.has(name!)) this.#room.left -= 1;
      this.#byName.set(name!, known);
      if (alias !== undefined) {
        if (!this.#byAlias.has(alias)) this.#room.left -= 1;
        this.#byAlias.set(alias, known);
      }
      return this.#reading(known, metric, times);
    });
  }

  data(metrics: readonly Metric[], times: MessageTimes): (Reading | Unread)[] {
    return metrics.flatMap((metric) => {
      const { name, alias, datatype, fault } = metric;
      if (name !== undefined && notSignals.test(name)) return [];
      if (fault !== undefined) return { reason: fault, asksRebirth: false };
      const known = this.#find(metric);
      if (known !== undefined) return this.#reading(known, metric, times);
      const which = name || `alias ${alias ?? '(none)'}`;
      if (this.#leftOut.has(name || aliasKey(alias))) {
        return { reason: `${which} was left out of the birth`, asksRebirth: false };
      }
      if (!name || datatype === undefined) {
        return { reason: `${which} was named by no birth`, asksRebirth: true };
      }
      // It says all that is needed by itself; the birth that is asked for makes it known.
      const stranger: KnownMetric = { name, datatype, unit: metric.unit ?? '', last: undefined };
      return [...this.#reading(stranger, metric, times), { reason: '', asksRebirth: true }];
    });
  }

  /** The source is gone: a bad reading of every metric that had a value. */
  stale(time: number): Reading[] {
    return [...this.#byName.values()].flatMap((known) => {
      if (known.last === undefined || known.last.isBad) return [];
      // Never before what it said last, or that would stand as its newest.
      const sourceTime = Math.max(time, known.last.time + 1);
      known.last = { time: sourceTime, isBad: true };
      const type = valueTypeOf(known.datatype);
      if (type === undefined) return [];
      const { name, unit } = known;
      return [
        { source: this.#source, name, type, unit, sourceTime, status: StatusCode.BadNoCommunication, value: null },
      ];
    });
  }

  #birthFault({ fault, name, datatype }: Metric): string | undefined {
    if (fault !== undefined) return fault;
    if (name === undefined || name === '') return 'a metric in a birth has no name';
    if (datatype === undefined) return `${name} has no data type in the birth`;
    if (valueTypeOf(datatype) === undefined) return `${name}: ${nameOfDataType(datatype)} is not a single value`;
    if (Math.max(this.#byName.size, this.#byAlias.size) >= this.#metricsMax)
      return `${name}: more than ${this.#metricsMax} metrics`;
    return this.#room.left <= 0 ? `${name}: no room for more metrics of all nodes together` : undefined;
  }

  #leaveOut({ fault, name, alias }: Metric): void {
    const which = [...(fault === undefined && name ? [name] : []), ...(alias === undefined ? [] : [aliasKey(alias)])];
    for (const one of which.filter((each) => !this.#leftOut.has(each))) {
      if (this.#leftOut.size >= this.#metricsMax || this.#room.left <= 0) return;
      this.#leftOut.add(one);
      this.#room.left -= 1;
    }
  }

  #find({ name, alias }: Metric): KnownMetric | undefined {
    if (name !== undefined && name !== '') return this.#byName.get(name);
    return alias === undefined ? undefined : this.#byAlias.get(alias);
  }

  #reading(known: KnownMetric, metric: Metric, { time, arrivedAt }: MessageTimes): (Reading | Unread)[] {
    if (metric.isTransient) return [];
    const { name, unit, datatype } = known;
    const value = metricValue(metric, datatype);
    if (typeof value === 'string') return [{ reason: `${name}: ${value}`, asksRebirth: false }];
    const sourceTime = metric.time ?? time;
    // What is not believed is refused at the door, and must not be what all that follows is held against.
    const isNewest = isSourceTime(sourceTime, arrivedAt) && sourceTime >= (known.last?.time ?? 0);
    if (isNewest && !metric.isHistorical) {
      known.last = { time: sourceTime, isBad: isBad(value.status) };
    }
    return [{ source: this.#source, name, unit, sourceTime, ...value }];
  }
}

/** No name begins so. */
function aliasKey(alias: string | undefined): string {
  return `\0${alias}`;
}
