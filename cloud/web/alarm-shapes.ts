/** What the REST interface answers about an alarm of a machine. Times are ISO 8601 text here. */
export interface Alarm {
  readonly id: string;
  readonly gateway: string;
  readonly source: string;
  readonly name: string;
  readonly origin: string;
  readonly type: string;
  readonly message: string;
  readonly severity: number | null;
  readonly active: boolean | null;
  readonly acknowledged: boolean | null;
  readonly open: boolean;
  readonly openedAt: string;
  readonly changedAt: string;
  readonly endedAt: string | null;
  readonly ended: 'told' | 'unwatched' | null;
  readonly watched: boolean;
  readonly unwatchedSince: string | null;
}

export type AlarmState = 'activeUnseen' | 'activeSeen' | 'active' | 'overUnseen' | 'over' | 'told' | 'unwatched';

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
