/**
 * waiting-for-approval and queued have not left the cloud; sent may have reached the gateway; the rest is the end: an outcome
 * the gateway told, `expired` (never sent) or `withdrawn`.
 */
export const commandStates = [
  'waiting-for-approval',
  'queued',
  'sent',
  'written',
  'refused',
  'failed',
  'unknown',
  'expired',
  'withdrawn',
] as const;
export type CommandState = (typeof commandStates)[number];

/** What has not left the cloud: it may still be withdrawn, and expires here. */
export const unsentStates = ['waiting-for-approval', 'queued'] as const satisfies readonly CommandState[];
