import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { AdmittedBatch } from '../history-store.ts';
import { fieldSuffix, measurementOf, packText, pointTime } from './point-scheme.ts';

/** Line protocol of the rows of a batch, one line a sample. */
export function sampleLines(batch: AdmittedBatch, lines: string[]): void {
  const ranks = new Map<ColumnKind, Ranks>();
  for (const block of batch.blocks) {
    const ofKind = ranks.get(block.kind) ?? new Ranks();
    ranks.set(block.kind, ofKind);
    blockLines(batch, block, ofKind, lines);
  }
}

function blockLines({ epoch, sequence }: AdmittedBatch, block: SampleBlock, ranks: Ranks, lines: string[]): void {
  const { kind, count, tags, sourceTimes, statuses } = block;
  const series = `${measurementOf(kind)},n=`;
  const plain = fieldSuffix({ epoch, sequence, rank: 0 });
  // Neighbours were read at the same moment.
  let plainTime = '';
  let plainMs = Number.NaN;
  for (let row = 0; row < count; row += 1) {
    const time = sourceTimes[row]!;
    const rank = ranks.next(tags[row]!, time);
    const suffix = rank === 0 ? plain : fieldSuffix({ epoch, sequence, rank });
    if (time !== plainMs) {
      plainMs = time;
      plainTime = pointTime(time, sequence, 0);
    }
    const place = rank === 0 ? plainTime : pointTime(time, sequence, rank);
    const value = valueText(block, row);
    // What has no value is bad, whatever its status says.
    const status = value === undefined && !isBad(statuses[row]!) ? StatusCode.BadOutOfRange : statuses[row]!;
    if (status === 0) lines.push(`${series}${tags[row]} v${suffix}=${value} ${place}`);
    else if (isBad(status)) lines.push(`${series}${tags[row]} q${suffix}=${status}u ${place}`);
    else lines.push(`${series}${tags[row]} v${suffix}=${value},q${suffix}=${status}u ${place}`);
  }
}

/** Exact, and never through a number that could round it; undefined for what is no number. */
function valueText({ kind, values }: SampleBlock, row: number): string | undefined {
  const value = values[row]!;
  switch (kind) {
    case 'integer64':
      return `${value}i`;
    case 'unsigned64':
      return `${value}u`;
    case 'boolean':
      return value === 0 ? 'f' : 't';
    case 'text':
      return stringField(packText(value as string));
    default:
      if (!Number.isFinite(value)) return undefined;
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

export function stringField(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A tag value that InfluxDB gives back as it was. A backslash cannot be escaped there, so it goes in by its code. */
export function tagValue(text: string): string {
  return encodeURIComponent(text);
}

/** How many samples of the same tag and time the batch had before. */
class Ranks {
  readonly #seen = new Map<number, number | Map<number, number>>();

  next(tag: number, time: number): number {
    const seen = this.#seen.get(tag);
    if (seen === undefined) {
      this.#seen.set(tag, time);
      return 0;
    }
    const counts = typeof seen === 'number' ? new Map([[seen, 1]]) : seen;
    if (typeof seen === 'number') this.#seen.set(tag, counts);
    const rank = counts.get(time) ?? 0;
    counts.set(time, rank + 1);
    return rank;
  }
}
