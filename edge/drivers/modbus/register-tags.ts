import { Problem } from '@gongfu/shared/base/problem';
import { areas, formatAddress } from './address.ts';
import type { ModbusSource } from './config.ts';
import { illegalWithin } from './illegal-ranges.ts';
import type { PlannedTag } from './plan.ts';
import type { RegisterWindow } from './register-image.ts';

/** For a group whose period nobody keeps: it only bounds how long the driver waits between two attempts to connect. */
const intervalMs = 500;

/** Each register of the windows as a tag, numbered from 0 in their order; what is illegal is left out. */
export function registerTags(source: ModbusSource, windows: readonly RegisterWindow[]): PlannedTag[] {
  const addresses = windows.flatMap(({ area, start, count }) =>
    Array.from({ length: count }, (_, place) => ({ area, register: start + place })),
  );
  return addresses.flatMap(({ area, register }, number): PlannedTag[] => {
    const place = { unitId: source.unitId, area, start: register, count: 1 };
    if (illegalWithin(source.illegal, place) !== undefined) return [];
    const { bits } = areas[area];
    return [
      {
        number,
        name: formatAddress({ area, register }),
        type: bits ? 'bool' : 'uint16',
        kind: bits ? 'boolean' : 'number',
        intervalMs,
        scale: 1,
        offset: 0,
        address: { area, register },
      },
    ];
  });
}

/** Addresses of all windows together. */
export function sizeOf(windows: readonly RegisterWindow[]): number {
  return windows.reduce((sum, { count }) => sum + count, 0);
}

export function sourceSilent(detail: string): Problem {
  return new Problem({
    code: 'assist-source-silent',
    detail: `nothing could be read from the source${detail === '' ? '' : `: ${detail}`}`,
    advice: 'Check host, port and unit id, and that the window exists: try --from input:0, or another beginning.',
    reaction: 'stop',
  });
}
