import { flux, fluxExpression } from '@influxdata/influxdb-client';
import { type Amount, type MovableHistory, stretchMs } from '../movable-history.ts';
import type { InfluxLink } from './influx-link.ts';
import { latestMs, measurementOf, PointTimes } from './point-scheme.ts';
import { readTables } from './raw-rows.ts';

const width = fluxExpression(`${stretchMs}ms`);
const counted = flux`|> aggregateWindow(every: ${width}, fn: count, createEmpty: false, timeSrc: "_start")`;

/** Counted by the server, whatever is rolled up; a sample that is uncertain has two points and counts twice. */
export async function readAmounts(
  link: InfluxLink,
  { tags, from }: Parameters<MovableHistory['amounts']>[0],
): Promise<Amount[]> {
  const found = new Map<string, Amount>();
  const times = new PointTimes();
  for (const kind of new Set(tags.map((tag) => tag.kind))) {
    const ofKind = tags.filter((tag) => tag.kind === kind).map(({ number }) => number);
    const wanted = new Set(ofKind);
    const query = { measurement: measurementOf(kind), tags: ofKind, from, to: latestMs, each: counted };
    await readTables(link, query, (row, columns) => {
      const tag = Number(row[columns.tag]);
      if (!wanted.has(tag)) return;
      times.read(row[columns.time]!);
      // The first stretch is told to begin where the question does.
      const begin = Math.floor(times.ms / stretchMs) * stretchMs;
      const key = `${tag}/${begin}`;
      const samples = (found.get(key)?.samples ?? 0) + Number(row[columns.value]);
      found.set(key, { tag, from: begin, samples });
    });
  }
  return [...found.values()];
}
