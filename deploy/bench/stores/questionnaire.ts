import { percentiles } from '../process-meter.ts';
import type { LinesFile } from './lines-file.ts';
import type { Answer, Questions, Range } from './peer.ts';

const hourMs = 3_600_000;

/** What was written. */
export interface Truth {
  readonly day: LinesFile;
  readonly month: LinesFile;
  /** How many tags have a newest value. */
  readonly latestTags: number;
}

/** All questions one after the other, and whether their answers hold what was written, to the last bit of the extremes. */
export async function askAll(questions: Questions, { day, month, latestTags }: Truth, asks: number): Promise<object> {
  const { tags, firstTag } = day.set;
  const range = rangeOf(day);
  const spanMs = range.to - range.from;
  const ten = Array.from({ length: 10 }, (_, i) => firstTag + Math.floor((i * tags) / 10));
  const ofMonth = Array.from({ length: month.set.tags }, (_, i) => month.set.firstTag + i);
  const few = Math.max(2, Math.round(asks / 3));
  const hour = (): Range => {
    const from = range.from + 1_000 * Math.floor((Math.random() * Math.max(0, spanMs - hourMs)) / 1_000);
    return { from, to: Math.min(from + hourMs, range.to) };
  };
  const raw = await timed(asks, () => questions.raw(firstTag + Math.floor(Math.random() * tags), hour()));
  const dayPoints = await timed(few, () => questions.steps(ten, range, Math.ceil(spanMs / 1_000)));
  const monthRange = rangeOf(month);
  const monthPoints = await timed(few, () =>
    questions.steps(ofMonth, monthRange, (monthRange.to - monthRange.from) / 1_000),
  );
  const minutes = await timed(3, () => questions.manySteps(range, 60_000));
  const last = await timed(few, () => questions.last({ from: range.from - hourMs, to: range.to }));
  const all = Array.from({ length: tags }, (_, i) => firstTag + i);
  return {
    rawHourOfOneTag: raw.milliseconds,
    tenTagsTo1000Points: dayPoints.milliseconds,
    monthOfTenTagsTo1000Points: monthPoints.milliseconds,
    dayOfAllTagsByMinute: minutes.milliseconds,
    [`newestOf${latestTags}Tags`]: last.milliseconds,
    isRight: {
      raw: raw.answer.rows === Math.min(3_600, spanMs / 1_000),
      dayPoints: hasExtremes(dayPoints.answer, day, ten),
      monthPoints: hasExtremes(monthPoints.answer, month, ofMonth),
      minutes: minutes.answer.rows >= tags * Math.floor(spanMs / 60_000) && hasExtremes(minutes.answer, day, all),
      newest: last.answer.rows >= latestTags,
    },
  };
}

function rangeOf({ set: { from, rounds, intervalMs } }: LinesFile): Range {
  return { from, to: from + rounds * intervalMs };
}

function hasExtremes(answer: Answer, { set, lowest, highest }: LinesFile, tags: readonly number[]): boolean {
  return (
    answer.lowest === Math.min(...tags.map((tag) => lowest[tag - set.firstTag]!)) &&
    answer.highest === Math.max(...tags.map((tag) => highest[tag - set.firstTag]!))
  );
}

async function timed(times: number, question: () => Promise<Answer>) {
  const milliseconds: number[] = [];
  let answer: Answer = { rows: 0, lowest: Number.NaN, highest: Number.NaN };
  for (let n = 0; n < times; n += 1) {
    const begun = performance.now();
    answer = await question();
    milliseconds.push(performance.now() - begun);
  }
  return { milliseconds: percentiles(milliseconds), answer };
}
