import { z } from 'zod';

/**
 * What crosses edge–cloud of the conditions a source itself knows (alarms of a machine, OPC UA Part 9). Each report has a number,
 * 1, 2, 3 … within the epoch of the gateway's buffer, and goes in this order, one message at a time; it is sent again until the
 * cloud has it, and the number tells that it has. Times are UTC epoch ms.
 */

/** A cloud says in the answer to `hello` up to which version it takes them; absent: it takes none, and they stay on the gateway. */
export const conditionsVersion = 1;

/** Longer texts are cut by the gateway and end in `…`; in UTF-16 units. */
export const conditionTextMax = { id: 500, name: 300, message: 2_000 } as const;

const time = z.number().int().nonnegative().max(8.64e15);
const text = (most: number) => z.string().max(most);
const source = z.string().min(1).max(200);

/** Names a ConditionRefresh of the source; conditions told since carry it. */
const refresh = z.number().int().nonnegative();

/** The state of one condition, whole; each replaces the one before. */
const conditionSchema = z.object({
  kind: z.literal('condition'),
  source,
  /** With `branch` the identity of the condition in the source, for ever. */
  condition: z.string().min(1).max(conditionTextMax.id),
  /** An earlier state that still waits for somebody; '' for the present one. */
  branch: text(conditionTextMax.id),
  name: text(conditionTextMax.name),
  /** What in the source the condition is about. */
  origin: text(conditionTextMax.name),
  type: text(conditionTextMax.name),
  message: text(conditionTextMax.message),
  /** 1 (least) to 1000 by the standard; as the source says it. Null: it does not. */
  severity: z.number().int().nonnegative().max(65_535).nullable(),
  /** Null: the condition does not know such a state. */
  active: z.boolean().nullable(),
  acknowledged: z.boolean().nullable(),
  confirmed: z.boolean().nullable(),
  /** Still of interest; once it is not, the condition has ended. */
  retain: z.boolean(),
  /** Of the event, in the clock of the source; where it had none, when the gateway heard it. */
  time,
  activeSince: time.nullable(),
  refresh,
});

/** Nobody watches the source from then on: what it told last is as of that moment. */
const unwatchedSchema = z.object({ kind: z.literal('unwatched'), source, time });

/** The source has told all it has; what does not carry this `refresh` ended while nobody watched. */
const refreshedSchema = z.object({ kind: z.literal('refreshed'), source, time, refresh });

export const conditionReportSchema = z.discriminatedUnion('kind', [conditionSchema, unwatchedSchema, refreshedSchema]);
export type ConditionReport = z.infer<typeof conditionReportSchema>;
export type ConditionState = z.infer<typeof conditionSchema>;

/** Reports of one message at most. */
export const reportsPerMessageMax = 500;

/** `conditions`: reports in the order of their numbers. One that cannot be read is refused alone, so each is looked at by itself. */
export const conditionsSchema = z.object({
  version: z.literal(conditionsVersion),
  epoch: z.number().int().nonnegative(),
  reports: z
    .array(z.object({ number: z.number().int().positive(), report: z.unknown() }))
    .min(1)
    .max(reportsPerMessageMax),
});
export type ConditionsMessage = z.infer<typeof conditionsSchema>;

/**
 * Answer to `conditions`. Received: all of them are durable, and those `refused` can never be taken: the gateway forgets them and
 * writes a gap record. Not received: nothing is known of them, they are kept and sent again.
 */
export type ConditionsReceipt =
  | {
      readonly received: true;
      readonly refused: readonly { readonly number: number; readonly detail: string }[];
    }
  | { readonly received: false; readonly code: string; readonly detail: string };
