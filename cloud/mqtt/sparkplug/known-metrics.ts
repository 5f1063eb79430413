import { isBad, StatusCode } from '@gongfu/shared/model/quality';
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

/** Control metrics are for commands, `bdSeq` is for the session: none is a signal of the plant. */
const notSignals = /^(bdSeq$|Node Control\/|Device Control\/)/;

/** What the births of one node or one device told: names, aliases, types; and what each said last. */
export class KnownMetrics {
  readonly #source: string;
  readonly #metricsMax: number;
  readonly #byName = new Map<string, KnownMetric>();
  readonly #byAlias = new Map<string, KnownMetric>();

  constructor(options: { source: string; metricsMax: number }) {
    this.#source = options.source;
    this.#metricsMax = options.metricsMax;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Forgets aliases and types, keeps what was said last of names that are born again. */
  birth(metrics: readonly Metric[], payloadTime: number): (Reading | Unread)[] {
    const before = new Map(this.#byName);
    this.#byName.clear();
    this.#byAlias.clear();
    return metrics.flatMap((metric) => {
      const { name, alias, datatype } = metric;
      if (name === undefined || name === '') return { reason: 'a metric in a birth has no name', asksRebirth: false };
      if (notSignals.test(name)) return [];
      if (datatype === undefined) return { reason: `${name} has no data type in the birth`, asksRebirth: false };
      if (valueTypeOf(datatype) === undefined) {
        return { reason: `${name}: ${nameOfDataType(datatype)} is not a single value`, asksRebirth: false };
      }
      if (this.#byName.size >= this.#metricsMax) {
        return { reason: `${name}: more than ${this.#metricsMax} metrics`, asksRebirth: false };
      }
      const known = { name, datatype, unit: metric.unit ?? '', last: before.get(name)?.last };
      this.#byName.set(name, known);
      if (alias !== undefined) this.#byAlias.set(alias, known);
      return this.#reading(known, metric, payloadTime);
    });
  }

  data(metrics: readonly Metric[], payloadTime: number): (Reading | Unread)[] {
    return metrics.flatMap((metric) => {
      if (metric.name !== undefined && notSignals.test(metric.name)) return [];
      const known = this.#find(metric);
      if (known !== undefined) return this.#reading(known, metric, payloadTime);
      const { name, datatype } = metric;
      if (name === undefined || datatype === undefined) {
        const which = name ?? `alias ${metric.alias ?? '(none)'}`;
        return { reason: `${which} was named by no birth`, asksRebirth: true };
      }
      // It says all that is needed by itself; the birth that is asked for makes it known.
      const stranger: KnownMetric = { name, datatype, unit: metric.unit ?? '', last: undefined };
      return [...this.#reading(stranger, metric, payloadTime), { reason: '', asksRebirth: true }];
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

  #find({ name, alias }: Metric): KnownMetric | undefined {
    if (name !== undefined && name !== '') return this.#byName.get(name);
    return alias === undefined ? undefined : this.#byAlias.get(alias);
  }

  #reading(known: KnownMetric, metric: Metric, payloadTime: number): (Reading | Unread)[] {
    if (metric.isTransient) return [];
    const { name, unit, datatype } = known;
    const value = metricValue(metric, datatype);
    if (typeof value === 'string') return [{ reason: `${name}: ${value}`, asksRebirth: false }];
    const sourceTime = metric.time ?? payloadTime;
    if (!metric.isHistorical && sourceTime >= (known.last?.time ?? 0)) {
      known.last = { time: sourceTime, isBad: isBad(value.status) };
    }
    return [{ source: this.#source, name, unit, sourceTime, ...value }];
  }
}
