import type { ForeignSection } from './foreign-section.ts';

const unitsMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const part = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** `1m30s`, or a number of seconds, as our configuration writes it; undefined when it is none. */
export function telegrafDuration(value: unknown): string | undefined {
  if (typeof value === 'number') return value >= 0 ? durationText(value * 1000) : undefined;
  if (typeof value !== 'string' || value === '' || value.replace(part, '') !== '') return undefined;
  const parts = [...value.matchAll(part)];
  return durationText(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitsMs[unit as keyof typeof unitsMs], 0),
  );
}

/** The duration under a key; one that is not readable is warned of. */
export function durationAt(section: ForeignSection, key: string): string | undefined {
  const value = section.raw(key);
  const text = telegrafDuration(value);
  if (value !== undefined && text === undefined) section.warn(key, 'is not carried over: it is no duration');
  return text;
}

function durationText(durationMs: number): string {
  const whole = Math.round(durationMs);
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}
