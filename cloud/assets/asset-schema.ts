import { assetLevels, tagRoles } from '@gongfu/shared/model/asset';
import { z } from 'zod';
import { localText, nameText, slug } from './calendar-schema.ts';

const durationMs = z.number().int().min(1).max(86_400_000);

const signals = z
  .array(
    z.strictObject({
      role: z.enum(tagRoles),
      gateway: z.string().min(1).max(100),
      source: nameText,
      tag: nameText,
      rolloverAt: z.number().int().positive().nullable().default(null),
    }),
  )
  .max(1_000);

/** What a request may say of an asset that is there. What is left out stays as it is. */
export const assetChangeSchema = z.strictObject({
  name: localText.optional(),
  order: z.number().int().min(0).max(100_000).optional().describe('place among its siblings'),
  calendar: slug.nullable().optional().describe('id of a calendar; null: around the clock'),
  stateMapping: slug.nullable().optional().describe('id of a state mapping'),
  kpiFrom: z.array(z.string()).optional().describe('ids of the children the KPIs of a group are made of; empty: all'),
  signals: signals.optional(),
  plannedCycleMs: durationMs.nullable().optional().describe('planned run time of one item'),
  targetOee: z.number().min(0).max(1).nullable().optional(),
  validFrom: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('for new targets: they hold for windows that start then or later; from now on unless given'),
  changesPast: z.boolean().default(false).describe('also what figures already shown are computed from'),
});

export const assetCreateSchema = z.strictObject({
  parent: z.string().min(1).max(400).nullable().describe('id of the asset it stands under; null for a root'),
  id: slug.describe('its own part of the id; the whole id is the path'),
  level: z.enum(assetLevels),
  name: localText,
  calendar: slug.nullable().optional().describe('that of the parent unless given'),
  stateMapping: slug.nullable().optional().describe('that of the parent unless given'),
  plannedCycleMs: durationMs.nullable().default(null),
  targetOee: z.number().min(0).max(1).nullable().default(null),
  signals: signals.default([]),
});

export type AssetChangeRequest = z.infer<typeof assetChangeSchema>;
export type AssetCreateRequest = z.infer<typeof assetCreateSchema>;
