import type { LiveKpi } from '@gongfu/shared/wire/live';
import { useCallback, useEffect, useState } from 'react';
import { AlarmSound } from './alarm-sound.ts';

const ringAgainMs = 15_000;

export interface AndonAlarm {
  /** `locked`: it is wanted, but the browser waits for a touch. */
  readonly sound: 'off' | 'locked' | 'on';
  /** Ids of machines that stand too long and nobody has silenced. */
  readonly open: ReadonlySet<string>;
  /** How often it has rung. */
  readonly rung: number;
  unlock(): void;
  /** Until a machine stops anew. */
  silence(): void;
}

/** A stop that is known for sure and has lasted `afterMs`; by machine and beginning, so that the next one is another. */
export function standingTooLong(
  kpis: ReadonlyMap<string, LiveKpi>,
  machines: readonly string[],
  afterMs: number,
  now: number,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const id of machines) {
    const state = kpis.get(id)?.state;
    if (state?.state !== 'down' || state.doubt !== 'none' || state.since === null) continue;
    if (now - state.since >= afterMs) found.set(id, `${id}@${state.since}`);
  }
  return found;
}

/** Rings when a machine begins to stand too long, and again until it runs or somebody has silenced it. */
export function useAndonAlarm(standing: ReadonlyMap<string, string>, wanted: boolean): AndonAlarm {
  const [player] = useState(() => new AlarmSound());
  const [isUnlocked, setUnlocked] = useState(false);
  const [silenced, setSilenced] = useState<ReadonlySet<string>>(new Set());
  const [rung, setRung] = useState(0);
  const open = new Map([...standing].filter(([, key]) => !silenced.has(key)));
  const unlock = useCallback(() => {
    void player.unlock().then(setUnlocked);
  }, [player]);
  useEffect(() => () => player.close(), [player]);
  useEffect(() => {
    if (!wanted) return;
    unlock();
    addEventListener('pointerdown', unlock);
    addEventListener('keydown', unlock);
    return () => {
      removeEventListener('pointerdown', unlock);
      removeEventListener('keydown', unlock);
    };
  }, [wanted, unlock]);
  const sound = wanted ? (isUnlocked ? 'on' : 'locked') : 'off';
  const openKeys = [...open.values()].join(' ');
  useEffect(() => {
    if (openKeys === '' || sound !== 'on') return;
    const ring = (): void => {
      player.ring();
      setRung((times) => times + 1);
    };
    ring();
    const timer = setInterval(ring, ringAgainMs);
    return () => clearInterval(timer);
  }, [openKeys, sound, player]);
  return {
    sound,
    open: new Set(open.keys()),
    rung,
    unlock,
    silence: () => setSilenced(new Set(standing.values())),
  };
}
