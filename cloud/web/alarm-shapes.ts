import type { AlarmEnd } from '@gongfu/shared/model/alarm-end';
import type { LiveAlarm } from '@gongfu/shared/wire/live';

/** What the REST interface answers about an alarm of a machine: as it is told live, times as ISO 8601 text. */
export interface Alarm
  extends Omit<
    LiveAlarm,
    'gatewayId' | 'confirmed' | 'activeSince' | 'openedAt' | 'changedAt' | 'endedAt' | 'unwatchedSince'
  > {
  readonly openedAt: string;
  readonly changedAt: string;
  readonly endedAt: string | null;
  readonly unwatchedSince: string | null;
}

export type AlarmState = 'activeUnseen' | 'activeSeen' | 'active' | 'overUnseen' | 'over' | AlarmEnd;

export function stateOf({ ended, active, acknowledged }: Alarm): AlarmState {
  if (ended !== null) return ended;
  if (active === false) return acknowledged === false ? 'overUnseen' : 'over';
  if (acknowledged === null) return 'active';
  return acknowledged ? 'activeSeen' : 'activeUnseen';
}

/** Thirds of the range the standard gives, 1 to 1000. */
export function severityOf({ severity }: Alarm): 'high' | 'medium' | 'low' | 'unknown' {
  if (severity === null) return 'unknown';
  if (severity >= 667) return 'high';
  return severity >= 334 ? 'medium' : 'low';
}
