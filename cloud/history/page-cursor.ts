import { Problem } from '@gongfu/shared/base/problem';
import type { StoredSample } from './history-store.ts';

/**
 * Where a page ended: after the first `place` samples of this (time, epoch, sequence).
 * A batch never changes once it is stored, so the cursor stays right whatever arrives between two pages.
 */
export interface PagePlace {
  readonly time: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly place: number;
}

export function firstPlace(from: number): PagePlace {
  return { time: from, epoch: 0, sequence: 0, place: 0 };
}

/** Where the page of a question begins. @throws Problem `cursor-invalid` */
export function startOf({ from, cursor }: { from: number; cursor?: string }): PagePlace {
  return cursor === undefined ? firstPlace(from) : parseCursor(cursor);
}

/** `samples` is the page that follows `start`, not empty. */
export function formatCursor(start: PagePlace, samples: readonly StoredSample[]): string {
  const end = samples.at(-1)!;
  const same = (other: { epoch: number; sequence: number }, time: number): boolean =>
    time === end.sourceTime && other.epoch === end.epoch && other.sequence === end.sequence;
  let place = 0;
  while (place < samples.length && same(samples.at(-1 - place)!, samples.at(-1 - place)!.sourceTime)) place += 1;
  if (place === samples.length && same(start, start.time)) place += start.place;
  return [end.sourceTime, end.epoch, end.sequence, place].join('.');
}

/** @throws Problem `cursor-invalid` */
export function parseCursor(text: string): PagePlace {
  const [time, epoch, sequence, place] = /^\d{1,16}(\.\d{1,16}){3}$/.test(text) ? text.split('.').map(Number) : [];
  if (time === undefined || epoch === undefined || sequence === undefined || place === undefined) {
    throw cursorInvalid();
  }
  return { time, epoch, sequence, place };
}

export function cursorInvalid(): Problem {
  return new Problem({
    code: 'cursor-invalid',
    detail: 'the cursor is not one this service has given',
    advice: 'Begin with the first page, without a cursor.',
    reaction: 'drop',
    status: 400,
  });
}
