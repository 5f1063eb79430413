import type { ForeignRow } from '../doors/row-door.ts';

/** One value of one signal as a message told it, before it has a tag of ours. */
export type Reading = ForeignRow;

/** What of a message could not be taken. */
export interface Rejection {
  /** Topic and place within the message. */
  readonly where: string;
  readonly reason: string;
}
