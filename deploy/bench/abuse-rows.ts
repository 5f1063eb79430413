/** What the process of `abuse-load.ts` is told. */
export interface AbuseLoad {
  readonly url: string;
  readonly row: string;
  readonly seconds: number;
  readonly token: string;
  /** Of somebody who may do little. */
  readonly narrowToken: string;
  /** Was good once. */
  readonly revokedToken: string;
  readonly tags: readonly string[];
  /** Of a program that may write rows. */
  readonly rowsToken: string;
  /** '' where none runs. */
  readonly brokerUrl: string;
}

export type Count = (outcome: string | number) => void;

/** Done over and over in so many lanes at once. */
export interface Attack {
  readonly lanes: number;
  readonly once: () => Promise<void>;
}

/** The rows of bad input to HTTP and to sockets, in the order they are tried. */
export const abuseRows = [
  'nothing',
  'busy',
  'endlessBodies',
  'bombs',
  'nestedBombs',
  'deepJson',
  'wideJson',
  'signIns',
  'smuggled',
  'slowHeaders',
  'denied',
  'eventFlood',
  'largeMessages',
  'attachments',
  'fragments',
  'pausedReaders',
  'connections',
  'reconnecting',
  'revoked',
] as const;

/** The rows of bad payloads to the doors for rows of others; those through a broker begin with `mqtt` or `sparkplug`. */
export const payloadRows = [
  'nothing',
  'millionLines',
  'newTags',
  'wrongLines',
  'longTexts',
  'gzipTwice',
  'mqttFlood',
  'mqttLongTexts',
  'mqttManyReadings',
  'mqttNames',
  'sparkplugBirths',
  'sparkplugMillion',
  'sparkplugJumps',
  'sparkplugRubbish',
] as const;

export function needsBroker(row: string): boolean {
  return /^(mqtt|sparkplug)/.test(row);
}
