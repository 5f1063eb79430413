import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { AdmittedBatch } from '../history-store.ts';
import { LineBuffer, Phrase } from './line-buffer.ts';
import { digitsBelow, fieldSuffix, measurementOf, packText } from './point-scheme.ts';
import { TagNotes } from './tag-notes.ts';

/** Line protocol of samples, a line each. */
export class LineEncoder {
  readonly #lines = new LineBuffer();
  readonly #newest = new TagNotes();

  /** Into a buffer that must be taken before it is called again. */
  encode(batches: readonly AdmittedBatch[]): LineBuffer {
    this.#lines.clear();
    for (const batch of batches) {
      const isPlain = this.#newest.during(batch.blocks, (newest) => isAscending(batch.blocks, newest));
      const ranks = new Map<ColumnKind, Ranks>();
      for (const block of batch.blocks) {
        const ofKind = ranks.get(block.kind) ?? new Ranks();
        ranks.set(block.kind, ofKind);
        this.#encode(batch, block, isPlain ? undefined : ofKind);
      }
    }
    return this.#lines;
  }

  #encode({ epoch, sequence }: AdmittedBatch, block: SampleBlock, ranks: Ranks | undefined): void {
    const lines = this.#lines;
    const { kind, count, tags, sourceTimes, statuses } = block;
    const series = new Phrase(`${measurementOf(kind)},n=`);
    const plain = new FieldNames(fieldSuffix({ epoch, sequence, rank: 0 }));
    for (let row = 0; row < count; row += 1) {
      const tag = tags[row]!;
      const time = sourceTimes[row]!;
      const rank = ranks === undefined ? 0 : ranks.next(tag, time);
      const names = rank === 0 ? plain : new FieldNames(fieldSuffix({ epoch, sequence, rank }));
      const status = statusOf(block, row, statuses[row]!);
      lines.ascii(series);
      lines.whole(tag);
      if (!isBad(status)) {
        lines.ascii(names.value);
        writeValue(lines, block, row);
      }
      if (status !== 0) {
        lines.ascii(isBad(status) ? names.status : names.otherStatus);
        lines.whole(status);
        lines.ascii(unsigned);
      }
      lines.ascii(blank);
      lines.whole(Math.trunc(time));
      lines.sixDigits(digitsBelow(sequence, rank));
      lines.endLine();
    }
  }
}

const blank = new Phrase(' ');
const signed = new Phrase('i');
const unsigned = new Phrase('u');
const yes = new Phrase('t');
const no = new Phrase('f');

/** As they stand in a line: the first field behind a blank, another behind a comma. */
class FieldNames {
  readonly value: Phrase;
  readonly status: Phrase;
  readonly otherStatus: Phrase;

  constructor(suffix: string) {
    this.value = new Phrase(` v${suffix}=`);
    this.status = new Phrase(` q${suffix}=`);
    this.otherStatus = new Phrase(`,q${suffix}=`);
  }
}

/** What has no value is bad, whatever its status says. */
function statusOf({ kind, values }: SampleBlock, row: number, status: number): number {
  const isMissing = kind === 'number' && !Number.isFinite(values[row]);
  return isMissing && !isBad(status) ? StatusCode.BadOutOfRange : status;
}

/** Exact, and never through a number that could round it. */
function writeValue(lines: LineBuffer, { kind, values }: SampleBlock, row: number): void {
  const value = values[row]!;
  switch (kind) {
    case 'integer64':
    case 'unsigned64':
      lines.text(String(value));
      lines.ascii(kind === 'integer64' ? signed : unsigned);
      break;
    case 'boolean':
      lines.ascii(value === 0 ? no : yes);
      break;
    case 'text':
      lines.text(stringField(packText(value as string)));
      break;
    default:
      lines.number(value as number);
  }
}

export function stringField(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A tag value that InfluxDB gives back as it was. A backslash cannot be escaped there, so it goes in by its code. */
export function tagValue(text: string): string {
  return encodeURIComponent(text);
}

/** Whether each tag's times go on and on, so that no rank has to be counted. */
function isAscending(blocks: readonly SampleBlock[], newest: Float64Array): boolean {
  for (const { count, tags, sourceTimes } of blocks) {
    for (let row = 0; row < count; row += 1) {
      const tag = tags[row]!;
      const time = sourceTimes[row]!;
      if (time <= newest[tag]!) return false;
      newest[tag] = time;
    }
  }
  return true;
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
