import { Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import { flux, toFluxValue } from '@influxdata/influxdb-client';
import type { AdmittedBatch, GapPage, HistoryStore, StoredGap } from '../history-store.ts';
import { cursorInvalid } from '../page-cursor.ts';
import { anyOf } from './any-of.ts';
import type { InfluxLink } from './influx-link.ts';
import { stringField, tagValue } from './line-encoder.ts';
import { latestMs, nanosecondsOf } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';

type GapQuery = Parameters<HistoryStore['gaps']>[0];
/** Where a gap stands among those with the same time. */
type Placed = StoredGap & { readonly sequence: number; readonly index: number };

const everything = rangeOf(0, latestMs)!;
const pageRowsMax = 100_000;
const gapsMax = 1_000_000;
/** Beyond so many all are read and the others dropped here. */
const gatewaysNamedMax = 200;
/** Of one point. */
const gapsPerPoint = 2_000;
/** Bytes of the gaps of one point: InfluxDB takes a text of about a million, and each of them may have to be escaped. */
const pointBytesMax = 400_000;

/**
 * The gaps of a batch: `gaps,g=<gateway> e<epoch>.<part>=<JSON> <sequence>`, as many in one text as a point may hold. One that
 * InfluxDB refused would hold back its batch, and all that are stored with it, for ever.
 */
export function gapLines({ gatewayId, epoch, sequence, ingestTime, gaps }: AdmittedBatch): string[] {
  return partsOf(gaps).map((rows, part) => {
    const text = stringField(`[${[ingestTime, ...rows].join(',')}]`);
    return `gaps,g=${tagValue(gatewayId)} e${epoch}.${part}=${text} ${sequence}`;
  });
}

/** Gaps as JSON, by points. */
function partsOf(gaps: readonly GapRecord[]): string[][] {
  const parts: string[][] = [];
  let bytes = 0;
  for (const { fromSequence, toSequence, fromTime, toTime, samples, reason, source } of gaps) {
    const row = JSON.stringify([fromSequence, toSequence, fromTime, toTime, samples, reason, source]);
    const size = Buffer.byteLength(row);
    const part = parts.at(-1);
    if (part !== undefined && part.length < gapsPerPoint && bytes + size <= pointBytesMax) part.push(row);
    else {
      parts.push([row]);
      bytes = 0;
    }
    bytes += size;
  }
  return parts;
}

/** The named losses, page by page. */
export class GapLedger {
  readonly #link: InfluxLink;

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  async gaps(query: GapQuery): Promise<GapPage> {
    if (query.gatewayIds.length === 0) return { gaps: [] };
    const order = query.order ?? 'oldest';
    const limit = Math.max(1, Math.min(query.limit, pageRowsMax));
    const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor, order);
    const key = (gap: StoredGap) => (order === 'oldest' ? gap.fromTime : -gap.toTime);
    const sign = order === 'oldest' ? 1 : -1;
    const compare = (a: Placed, b: Placed) => key(a) - key(b) || sign * comparePlaces(a, b);
    const named = eachOnce(await this.#within(query)).sort(compare);
    const start = cursor === undefined ? 0 : named.findIndex((gap) => compare(gap, cursor) > 0);
    const page = start < 0 ? [] : named.slice(start, start + limit);
    const gaps = page.map(({ sequence: _, index: __, ...gap }) => gap);
    const isMore = start >= 0 && named.length > start + limit;
    return isMore ? { gaps, cursor: formatCursor(page.at(-1)!, order) } : { gaps };
  }

  async #within({ gatewayIds, from, to, heardFrom = 0 }: GapQuery): Promise<Placed[]> {
    const found: Placed[] = [];
    const isMany = gatewayIds.length > gatewaysNamedMax;
    const ofGateways = gatewayIds.map((id) => `r.g == ${toFluxValue(tagValue(id))}`);
    const filter = isMany ? flux`` : flux`|> filter(fn: (r) => ${anyOf(ofGateways)})`;
    const wanted = new Set(gatewayIds);
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == "gaps") ${filter}
        |> keep(columns: ["_time", "_value", "_field", "g"])`,
      (row, columns) => {
        const gatewayId = decodeURIComponent(row[columns.gateway]!);
        if (!wanted.has(gatewayId)) return;
        const [epoch, part] = row[columns.field]!.slice(1).split('.').map(Number) as [number, number];
        const sequence = nanosecondsOf(row[columns.time]!);
        const [ingestTime, ...rows] = JSON.parse(row[columns.value]!) as [number, ...GapRow[]];
        if (ingestTime < heardFrom) return;
        for (const [place, gap] of rows.entries()) {
          const loss = { ...gapOf(gap), gatewayId, epoch, ingestTime, sequence, index: part * gapsPerPoint + place };
          if (loss.toTime >= from && loss.fromTime < to) found.push(loss);
        }
        if (found.length > gapsMax) throw tooMany();
      },
    );
    return found;
  }
}

type GapRow = [number, number, number, number, number, GapRecord['reason'], string];

function gapOf([fromSequence, toSequence, fromTime, toTime, samples, reason, source]: GapRow): GapRecord {
  return { fromSequence, toSequence, fromTime, toTime, samples, reason, source };
}

/**
 * A loss is told again until its record has arrived, perhaps grown. One within another of the same life of the buffer is the
 * same loss, and it must not come on one page and its grown record on the next.
 */
function eachOnce(gaps: readonly Placed[]): Placed[] {
  const widestFirst = gaps.toSorted(
    (a, b) => a.fromSequence - b.fromSequence || b.toSequence - a.toSequence || comparePlaces(a, b),
  );
  const reached = new Map<string, number>();
  const told = new Set<string>();
  return widestFirst.filter((gap) => {
    const life = `${gap.gatewayId}/${gap.epoch}`;
    if (gap.fromSequence < 0) {
      const identity = JSON.stringify({ ...gap, ingestTime: 0, sequence: 0, index: 0 });
      const isNew = !told.has(identity);
      told.add(identity);
      return isNew;
    }
    const isWider = gap.toSequence > (reached.get(life) ?? -1);
    if (isWider) reached.set(life, gap.toSequence);
    return isWider;
  });
}

function comparePlaces(a: Placed, b: Placed): number {
  const byGateway = a.gatewayId < b.gatewayId ? -1 : a.gatewayId > b.gatewayId ? 1 : 0;
  return byGateway || a.epoch - b.epoch || a.sequence - b.sequence || a.index - b.index;
}

function formatCursor(gap: Placed, order: string): string {
  const time = order === 'oldest' ? gap.fromTime : gap.toTime;
  const gateway = Buffer.from(gap.gatewayId).toString('base64url');
  return [order, time, gap.epoch, gap.sequence, gap.index, gateway].join('.');
}

function parseCursor(text: string, order: string): Placed {
  const [, of, time, epoch, sequence, index, gateway] =
    /^([a-z]+)\.(-?\d{1,16})\.(\d{1,16})\.(\d{1,16})\.(\d{1,9})\.([\w-]+)$/.exec(text) ?? [];
  if (of !== order) throw cursorInvalid();
  return {
    gatewayId: Buffer.from(gateway!, 'base64url').toString(),
    epoch: Number(epoch),
    sequence: Number(sequence),
    index: Number(index),
    fromTime: Number(time),
    toTime: Number(time),
    ...{ ingestTime: 0, fromSequence: 0, toSequence: 0, samples: 0, reason: 'buffer-full', source: '' },
  };
}

function tooMany(): Problem {
  return new Problem({
    code: 'history-too-much',
    detail: `more than ${gapsMax} gap records lie in the time asked for`,
    advice: 'Ask for a shorter time or fewer gateways.',
    reaction: 'drop',
    status: 413,
  });
}
