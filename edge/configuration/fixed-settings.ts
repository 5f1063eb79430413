import { isDeepStrictEqual } from 'node:util';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { EdgeConfig } from '../config.ts';

type Settings = Omit<EdgeConfig, 'sources'>;

/**
 * Refuses a configuration that differs from the running one in more than its sources: folders, ports and the identity are
 * taken once, at the start. Names keys only, as their values may be secrets.
 * @throws Problem `restart-needed` with every key that differs
 */
export function requireSameSettings(running: Settings, next: Settings): void {
  const places = differences(settingsOf(running), settingsOf(next));
  if (places.length === 0) return;
  throw new Problem({
    code: 'restart-needed',
    detail: `${places.map(({ where }) => where).join(', ')} cannot change while the agent runs`,
    advice: 'Put it back as it was, or restart the agent; what runs goes on as before.',
    reaction: 'drop',
    places,
  });
}

/** A one-time code has done its work: the file may keep it or not. */
function settingsOf({ uplink, ...settings }: Settings): object {
  return { ...settings, uplink: uplink === undefined ? undefined : { ...uplink, code: undefined } };
}

function differences(before: unknown, after: unknown, path: readonly string[] = []): ProblemPlace[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMapping(before) || !isMapping(after)) {
    return [{ where: path.join('.'), what: 'is another than at the start; only sources can change without a restart' }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key]));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
