import { resolve } from 'node:path';
import { Problem } from '@gongfu/shared/base/problem';

export interface DemoSettings {
  /** Port of the page and the API; 0 = any free one. */
  readonly port: number;
  /** Address the cloud listens on. */
  readonly host: string;
  readonly dataFolder: string;
  /** Plant time per wall time. */
  readonly speed: number;
  readonly seed: string;
  /** Whether the first start gives the plant the shift before and the present one up to now as its past. */
  readonly hasPast: boolean;
}

/** From the environment: PORT, HOST, DATA_DIR, DEMO_SPEED, DEMO_SEED, DEMO_PAST. @throws Problem naming the wrong one. */
export function demoSettingsFrom(env: Readonly<Record<string, string | undefined>>): DemoSettings {
  return {
    port: numberIn(env, { name: 'PORT', fallback: 8080, low: 0, high: 65_535, whole: true }),
    host: env.HOST || '0.0.0.0',
    dataFolder: resolve(env.DATA_DIR || './data'),
    speed: numberIn(env, { name: 'DEMO_SPEED', fallback: 10, low: 0.1, high: 100, whole: false }),
    seed: env.DEMO_SEED || 'gongfu',
    hasPast: pastIn(env.DEMO_PAST),
  };
}

function pastIn(text: string | undefined): boolean {
  if (text === undefined || text === '' || text === 'night') return true;
  if (text === 'none') return false;
  throw new Problem({
    code: 'setting-wrong',
    detail: `DEMO_PAST is "${text}"; it must be night or none.`,
    advice: 'Set it right or leave it away: without it, DEMO_PAST is night.',
    reaction: 'stop',
  });
}

interface Bounds {
  readonly name: string;
  readonly fallback: number;
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

function numberIn(env: Readonly<Record<string, string | undefined>>, bounds: Bounds): number {
  const { name, fallback, low, high, whole } = bounds;
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  throw new Problem({
    code: 'setting-wrong',
    detail: `${name} is "${text}"; it must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}.`,
    advice: `Set it right or leave it away: without it, ${name} is ${fallback}.`,
    reaction: 'stop',
  });
}
