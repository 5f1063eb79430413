import { z } from 'zod';

/**
 * What crosses edge–cloud to write a tag. A command is named by its id, for ever: the gateway writes it at most once, however
 * often it comes, and tells its result until the cloud has it. Times are UTC epoch ms.
 */

const idSchema = z.string().regex(/^[A-Za-z0-9._:-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, colons, dashes');

const tagNumber = z.number().int().nonnegative().max(0xffffffff);

const time = z.number().int().nonnegative();

/** A 64-bit integer that is not scaled travels as decimal text, exact. */
const valueSchema = z.union([z.number(), z.boolean(), z.string().max(65_536)]);
export type CommandValue = z.infer<typeof valueSchema>;

/** A tag that may be written, with the bounds of its values, both included, in its unit after scaling; null where it has no numbers. */
const writableTagSchema = z.object({
  number: tagNumber,
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
});

/** `writable` of `hello`, and the event `writable` when that changes: every tag that may be written. */
export const writableSchema = z.array(writableTagSchema).max(200_000);
export type WritableTag = z.infer<typeof writableTagSchema>;

/** `command`, from the cloud. */
export const commandSchema = z.object({
  id: idSchema,
  /** The gateway's number of the tag, as declared. */
  number: tagNumber,
  value: valueSchema,
  requestedAt: time,
  /** From then on it must not be written any more, by the clock of the gateway. */
  expiresAt: time,
  /** Time left when this was sent, also of an older command sent again; nothing is left at 0 and below. The earlier of both counts. */
  expiresInMs: z.number(),
  requestedBy: z.string().min(1).max(200),
  approvedBy: z.string().max(200).nullable(),
  reason: z.string().max(1000),
});
export type Command = z.infer<typeof commandSchema>;

/**
 * Answer to `command` and to `command-result`. Received: it is durable on the other side (of a command its id or its result)
 * and need not be sent again on this connection. Not received: nothing is kept of it and nothing was written, as when an id is
 * used again for something else (`id-reused`) or the disk refuses (`journal-failed`).
 */
export type CommandReceipt =
  | { readonly received: true }
  | { readonly received: false; readonly code: string; readonly detail: string };

/**
 * written = the source confirmed it and the value read back agrees;
 * refused = no byte of it went to the source; failed = the source refused it, or has another value afterwards;
 * unknown = bytes may have left, and what they did cannot be told: it is never repeated.
 */
export const commandOutcomes = ['written', 'refused', 'failed', 'unknown'] as const;
export type CommandOutcome = (typeof commandOutcomes)[number];

/** Codes of a result and what each means for the outcome. More may come: what counts is the outcome. */
export const outcomeOfCode = {
  written: 'written',
  /** Writing is switched off on the gateway. */
  disabled: 'refused',
  /** The tag is not on the gateway's list. */
  'not-writable': 'refused',
  expired: 'refused',
  'out-of-range': 'refused',
  /** Not of the tag's type, or not a value the source can hold exactly. */
  'value-unfit': 'refused',
  /** The interlock was read and does not allow it. */
  interlock: 'refused',
  /** The interlock could not be read, or what was read is not good. */
  'interlock-unknown': 'refused',
  /** The source is not connected. */
  'source-down': 'refused',
  /** The gateway stopped before anything was sent. */
  interrupted: 'refused',
  /** More commands wait than the gateway keeps. */
  'too-many': 'refused',
  /** Asked for on the gateway itself, where the cloud wants a second person to approve. */
  'second-approver': 'refused',
  /** Asked for on the gateway itself, and the cloud has not said whether a second person must approve. */
  'second-approver-unknown': 'refused',
  /** The source answered with an exception or a bad status. */
  'source-refused': 'failed',
  'read-back-differs': 'failed',
  /** Sent, and no answer in time, or the connection was lost. */
  'no-answer': 'unknown',
  /** The gateway was stopped or lost power after sending and before it knew the answer. */
  'crashed-under-way': 'unknown',
  /** The source confirmed it, but the value could not be read back. */
  'read-back-failed': 'unknown',
  /** A method of the source was called and ended well; that it did what was wanted could not be read. */
  'done-unverified': 'unknown',
} as const satisfies Record<string, CommandOutcome>;
export type CommandCode = keyof typeof outcomeOfCode;

/** `command-result`, from the gateway; sent until it is received, also over restarts. */
export const commandResultSchema = z.object({
  id: idSchema,
  outcome: z.enum(commandOutcomes),
  /** One of `outcomeOfCode`, or one this side does not know yet. */
  code: z.string().min(1).max(100),
  /** One sentence for a person, in English. */
  detail: z.string().max(500),
  /** What the source holds afterwards, as far as it could be read; never of a refused command. */
  readBack: valueSchema.nullable(),
  at: time,
});
export type CommandResult = z.infer<typeof commandResultSchema>;
