/**
 * How an alarm of a machine ended. `told`: by the machine. `unwatched`: it was over when the machine was asked again. The others:
 * nobody watches the machine any more, and what became of it is not known.
 */
export const alarmEnds = ['told', 'unwatched', 'gateway-revoked', 'source-removed'] as const;
export type AlarmEnd = (typeof alarmEnds)[number];
