import { isBad, qualityOf } from '@gongfu/shared/model/quality';
import type { Sample } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { PublishedSignal } from '../published-plant.ts';
import { DataType } from './data-type.ts';
import type { OwnMetric } from './payload.ts';

const carriers: Readonly<Record<ColumnKind, Pick<OwnMetric, 'datatype' | 'carrier'>>> = {
  number: { datatype: DataType.Double, carrier: 'doubleValue' },
  integer64: { datatype: DataType.Int64, carrier: 'longValue' },
  unsigned64: { datatype: DataType.UInt64, carrier: 'longValue' },
  boolean: { datatype: DataType.Boolean, carrier: 'booleanValue' },
  text: { datatype: DataType.String, carrier: 'stringValue' },
};

/** Name, alias and type, with the newest value; null where none was ever seen. */
export function birthMetric(signal: PublishedSignal, latest: Sample | undefined, now: number): OwnMetric {
  const { name, unit, tag, kind } = signal;
  const { time, value, quality } = valueOfSample(latest, now);
  return { name, alias: tag, unit, time, value, quality, ...carriers[kind] };
}

/** The alias alone says which it is. */
export function dataMetric(tag: number, kind: ColumnKind, sample: Sample, isHistorical: boolean): OwnMetric {
  const { time, value, quality } = valueOfSample(sample, sample.sourceTime);
  return { alias: tag, time, value, quality, ...(isHistorical ? { isHistorical } : {}), ...carriers[kind] };
}

function valueOfSample(sample: Sample | undefined, now: number): Pick<OwnMetric, 'time' | 'value' | 'quality'> {
  if (sample === undefined || isBad(sample.status)) return { time: sample?.sourceTime ?? now, value: null, quality: 0 };
  const quality = qualityOf(sample.status) === 'good' ? 192 : 500;
  return { time: sample.sourceTime, value: sample.value, quality };
}
