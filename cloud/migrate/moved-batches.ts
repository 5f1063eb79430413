import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { AdmittedBatch, StoredGap, StoredSample, WatermarkRange } from '../history/history-store.ts';
import { differs } from './migration-problems.ts';
import type { MovedTag } from './move-units.ts';

type BatchKey = Pick<AdmittedBatch, 'gatewayId' | 'epoch' | 'sequence'>;

/** Samples put back into the batches they came with, or what of them is in one piece. */
export class MovedBatches {
  readonly #batches = new Map<string, { name: BatchKey; rows: Map<ColumnKind, [number, StoredSample][]> }>();

  add(tag: MovedTag, samples: readonly StoredSample[]): void {
    const { gatewayId } = tag;
    for (const sample of samples) {
      const { epoch, sequence } = sample;
      const key = `${gatewayId}/${epoch}/${sequence}`;
      const batch = this.#batches.get(key) ?? { name: { gatewayId, epoch, sequence }, rows: new Map() };
      this.#batches.set(key, batch);
      const rows = batch.rows.get(tag.kind);
      if (rows === undefined) batch.rows.set(tag.kind, [[tag.number, sample]]);
      else rows.push([tag.number, sample]);
    }
  }

  batches(ingestTime: number): AdmittedBatch[] {
    return [...this.#batches.values()].map(({ name, rows }) => ({
      ...name,
      ingestTime,
      blocks: [...rows].map(([kind, list]) => blockOf(kind, list)),
      gaps: [],
    }));
  }
}

function blockOf(kind: ColumnKind, rows: readonly (readonly [number, StoredSample])[]): SampleBlock {
  return {
    kind,
    count: rows.length,
    tags: Uint32Array.from(rows, ([number]) => number),
    sourceTimes: Float64Array.from(rows, ([, { sourceTime }]) => sourceTime),
    statuses: Uint32Array.from(rows, ([, { status }]) => status),
    values: valuesOf(
      kind,
      rows.map(([, { value }]) => value),
    ),
  };
}

function valuesOf(kind: ColumnKind, values: readonly StoredSample['value'][]): SampleBlock['values'] {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(values, (value) => (value ?? 0n) as bigint);
    case 'unsigned64':
      return BigUint64Array.from(values, (value) => (value ?? 0n) as bigint);
    case 'text':
      return values.map((value) => (value ?? '') as string);
    case 'boolean':
      return Uint8Array.from(values, (value) => Number(value ?? 0));
    default:
      return Float64Array.from(values, (value) => Number(value ?? 0));
  }
}

/** The gaps of one arrival go with a sequence of their gateway that is stored; which, nobody asks. */
export function gapBatches(gaps: readonly StoredGap[], ranges: readonly WatermarkRange[]): AdmittedBatch[] {
  const batches = new Map<string, { batch: BatchKey & { ingestTime: number }; gaps: StoredGap[] }>();
  const next = new Map<string, Generator<number>>();
  for (const gap of gaps) {
    const { gatewayId, epoch, ingestTime } = gap;
    const life = `${gatewayId}/${epoch}`;
    const key = `${life}/${ingestTime}`;
    let one = batches.get(key);
    if (one === undefined) {
      const numbers =
        next.get(life) ?? sequencesOf(ranges.filter((range) => `${range.gatewayId}/${range.epoch}` === life));
      next.set(life, numbers);
      const sequence = numbers.next().value as number | undefined;
      if (sequence === undefined) throw differs(`gateway ${gatewayId} has gap records and no batch that brought them`);
      one = { batch: { gatewayId, epoch, sequence, ingestTime }, gaps: [] };
      batches.set(key, one);
    }
    one.gaps.push(gap);
  }
  return [...batches.values()].map(({ batch, gaps: list }) => ({
    ...batch,
    blocks: [],
    gaps: list.map(({ gatewayId: _, epoch: __, ingestTime: ___, ...gap }) => gap),
  }));
}

function* sequencesOf(ranges: readonly WatermarkRange[]): Generator<number> {
  for (const { first, last } of ranges) for (let sequence = first; sequence <= last; sequence += 1) yield sequence;
}
