import type { ColumnKind } from '@gongfu/shared/model/value-type';

/**
 * How a sample becomes a point of InfluxDB, where a point is overwritten by another of the same series, field and time.
 *
 *   samples_<kind>,n=<history number> v<epoch>.<lap>[.<decade>]=<value>,q<epoch>.<lap>[.<decade>]=<status>u <time>
 *
 * - A batch is (gateway, epoch, sequence) for ever and a history number belongs to one gateway, so a sample of a tag is
 *   (source time, epoch, sequence, rank): rank counts the samples of one tag and source time within one batch, mostly 0.
 * - The time is the source time; its digits below the millisecond are sequence modulo 100,000 and the last digit of rank.
 * - The rest stands in the name of the field: epoch, lap = sequence / 100,000, and decade = rank / 10 when that is not 0.
 *
 * So two different samples never have the same place, whatever a clock does, and one that is sent again overwrites itself:
 * there is no limit beyond which one is lost. The price: a tag has one more field every 100,000 batches of its gateway, and
 * one for each ten samples that a batch gives one and the same millisecond.
 *
 * A good sample is its value alone, a bad one its status alone, an uncertain one has both. Hence the values of a range are
 * its good and uncertain samples, and its bad statuses the rest: both can be counted without joining them.
 */
export const lapSequences = 100_000;
const ranksPerField = 10;
const nanosecondsPerMs = 1_000_000;

/** Where a sample stands among those of its tag and time. */
export interface Rank {
  readonly epoch: number;
  readonly sequence: number;
  readonly rank: number;
}

/** The name of a field behind its first letter. */
export function fieldSuffix({ epoch, sequence, rank }: Rank): string {
  const lap = Math.floor(sequence / lapSequences);
  const decade = Math.floor(rank / ranksPerField);
  return decade === 0 ? `${epoch}.${lap}` : `${epoch}.${lap}.${decade}`;
}

/** The six digits of the time below the millisecond, as a number. */
export function digitsBelow(sequence: number, rank: number): number {
  return (sequence % lapSequences) * ranksPerField + (rank % ranksPerField);
}

/**
 * Of what is made of the `points` raw points in a stretch of time. Points are never taken away, so of two such times the later one
 * knows more, and neither overwrites the other, in whatever order they arrive. Fewer points than the stretch has nanoseconds.
 */
export function rollupTime(from: number, points: number): string {
  return `${from + Math.floor(points / nanosecondsPerMs)}${String(points % nanosecondsPerMs).padStart(6, '0')}`;
}

export interface FieldName {
  readonly isValue: boolean;
  readonly epoch: number;
  readonly lap: number;
  readonly decade: number;
}

/** Undefined for a field this program has not written. */
export function parseField(name: string): FieldName | undefined {
  const [, letter, epoch, lap, decade] = /^([vq])(\d{1,16})\.(\d{1,12})(?:\.(\d{1,12}))?$/.exec(name) ?? [];
  if (letter === undefined) return undefined;
  return { isValue: letter === 'v', epoch: Number(epoch), lap: Number(lap), decade: Number(decade ?? 0) };
}

/** Of the digits below the millisecond. */
export function rankOf({ epoch, lap, decade }: FieldName, below: number): Rank {
  return {
    epoch,
    sequence: lap * lapSequences + Math.floor(below / ranksPerField),
    rank: decade * ranksPerField + (below % ranksPerField),
  };
}

export function measurementOf(kind: ColumnKind): string {
  return `samples_${kind}`;
}

/** Times InfluxDB can hold, in ms: what is asked beyond lies nowhere. */
export const latestMs = 9_000_000_000_000;

/** Of a time as InfluxDB writes it, `2026-11-23T10:00:00.123000010Z`: whole milliseconds and the digits below. */
export class PointTimes {
  ms = 0;
  below = 0;
  #minute = '';
  #minuteMs = 0;

  read(text: string): void {
    // Neighbours share their minute, and parsing a date costs more than the rest of a row.
    const minute = text.slice(0, 17);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#minuteMs = Date.parse(`${minute}00Z`);
    }
    const fraction = text.slice(20, -1).padEnd(9, '0');
    const second = Number(text.slice(17, 19));
    this.ms = this.#minuteMs + second * 1000 + Number(fraction.slice(0, 3));
    this.below = Number(fraction.slice(3, 9));
  }

  /** Since a time in ms. */
  nanosecondsAfter(from: number): number {
    return (this.ms - from) * nanosecondsPerMs + this.below;
  }
}

/** Of a time as InfluxDB writes it that is a number of ours: below 2^53. */
export function nanosecondsOf(text: string): number {
  const fraction = text.slice(20, -1).padEnd(9, '0');
  return Date.parse(`${text.slice(0, 19)}Z`) * nanosecondsPerMs + Number(fraction);
}

/**
 * Texts are kept as they are but for four: InfluxDB's answers lose a carriage return and add one to a line feed, and it fails
 * over empty ones when it is asked for a few. These travel behind the control character DLE, as does DLE itself.
 */
const dle = '\u0010';
const packed: Readonly<Record<string, string>> = { [dle]: `${dle}d`, '\r': `${dle}r`, '\n': `${dle}n` };
const unpacked: Readonly<Record<string, string>> = { d: dle, r: '\r', n: '\n', e: '' };
const unsafe = new RegExp(`[${dle}\r\n]`, 'g');
const travelling = new RegExp(`${dle}([drne])`, 'g');

export function packText(text: string): string {
  return text === '' ? `${dle}e` : text.replace(unsafe, (character) => packed[character]!);
}

export function unpackText(text: string): string {
  return text.replace(travelling, (_, letter: string) => unpacked[letter]!);
}
