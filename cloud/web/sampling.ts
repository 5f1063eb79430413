import type { SourceHealth } from '@gongfu/shared/wire/handshake';

/** What is read of what is due by the configuration, a second. */
export interface Sampling {
  readonly duePerSecond: number;
  /** Over the last minute; null before one has passed. */
  readonly readPerSecond: number | null;
  /** Tags whose sources report by themselves what changes: none of their samples is due. */
  readonly reportedTags: number;
}

/** Of all these sources together; undefined where the agent does not tell. */
export function samplingOf(sources: readonly SourceHealth[]): Sampling | undefined {
  const told = sources.filter(({ polled }) => polled !== undefined);
  if (told.length === 0) return undefined;
  const polled = told.flatMap((source) => source.polled ?? []);
  return {
    duePerSecond: sum(polled.map(({ duePerSecond }) => duePerSecond)),
    readPerSecond: polled.some(({ readPerSecond }) => readPerSecond === null)
      ? null
      : // Between the two looks that make a minute there may be one poll more.
        sum(polled.map(({ readPerSecond, duePerSecond }) => Math.min(readPerSecond ?? 0, duePerSecond))),
    reportedTags: sum(told.map((source) => (source.polled === null ? (source.tags ?? 0) : 0))),
  };
}

/** It answers, and yet more is missing than a tenth, and than the one poll that may lie just outside the minute. */
export function fallsShort({ state, polled, tags = 0 }: SourceHealth): boolean {
  if (state !== 'connected' || polled === undefined || polled === null || polled.readPerSecond === null) return false;
  const missing = polled.duePerSecond - polled.readPerSecond;
  return missing > polled.duePerSecond / 10 && missing * 60 > tags;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
