import { durationSchema } from '@gongfu/shared/config/duration';
import { assetLevels, tagRoles } from '@gongfu/shared/model/asset';
import { machineStates, noCause } from '@gongfu/shared/model/machine-state';
import { z } from 'zod';
import { calendarSchema, localText, nameText, slug } from './calendar-schema.ts';

const stateMappingSchema = z.strictObject({
  id: slug,
  states: z
    .array(
      z.strictObject({
        value: z.union([z.number(), z.boolean(), z.string()]),
        state: z.enum(machineStates),
        cause: z.strictObject({ zh: z.string(), en: z.string() }).default(noCause),
      }),
    )
    .min(1),
});

const signalSchema = z.strictObject({
  role: z.enum(tagRoles),
  gateway: z.string().min(1).optional(),
  source: nameText,
  tag: nameText,
  rolloverAt: z.number().int().positive().optional(),
});

const assetBase = z.strictObject({
  id: slug,
  level: z.enum(assetLevels),
  name: localText,
  /** Inherited by children, like calendar and stateMapping. */
  gateway: z.string().min(1).optional(),
  calendar: slug.optional(),
  stateMapping: slug.optional(),
  plannedCycle: durationSchema.optional(),
  targetOee: z.number().min(0).max(1).optional(),
  /** Ids of the children whose times and counts make this group's KPIs; all when empty. A line in series names its last machine. */
  kpiFrom: z.array(slug).default([]),
  signals: z.array(signalSchema).default([]),
});

export type PlantAsset = z.infer<typeof assetBase> & { children: PlantAsset[] };
const assetSchema: z.ZodType<PlantAsset> = assetBase.extend({
  get children() {
    return z.array(assetSchema).default([]);
  },
}) as unknown as z.ZodType<PlantAsset>;

/** A plant as a file: tenant, calendars, state mappings and the asset tree. Read at every start; see `plant-import.ts` for what is taken from it. */
export const plantModelSchema = z
  .strictObject({
    tenant: z.strictObject({ id: slug, name: localText }),
    calendars: z.array(calendarSchema).default([]),
    stateMappings: z.array(stateMappingSchema).default([]),
    assets: z.array(assetSchema).default([]),
  })
  .superRefine((plant, context) => {
    const calendars = new Set(plant.calendars.map((calendar) => calendar.id));
    const mappings = new Set(plant.stateMappings.map((mapping) => mapping.id));
    const visit = (
      assets: readonly PlantAsset[],
      path: (string | number)[],
      parentRank: number,
      hasGateway: boolean,
    ) => {
      const seen = new Set<string>();
      for (const [index, asset] of assets.entries()) {
        const at = [...path, index];
        const complain = (key: string, message: string) =>
          context.addIssue({ code: 'custom', path: [...at, key], message });
        if (seen.has(asset.id)) complain('id', `${asset.id} stands twice among its siblings`);
        seen.add(asset.id);
        const rank = assetLevels.indexOf(asset.level);
        if (rank <= parentRank) complain('level', `${asset.level} cannot stand under ${assetLevels[parentRank]}`);
        if (asset.calendar !== undefined && !calendars.has(asset.calendar))
          complain('calendar', `no calendar ${asset.calendar}`);
        if (asset.stateMapping !== undefined && !mappings.has(asset.stateMapping)) {
          complain('stateMapping', `no state mapping ${asset.stateMapping}`);
        }
        for (const [place, child] of asset.kpiFrom.entries()) {
          if (asset.children.some(({ id }) => id === child)) continue;
          context.addIssue({ code: 'custom', path: [...at, 'kpiFrom', place], message: `no child ${child} here` });
        }
        const gatewayKnown = hasGateway || asset.gateway !== undefined;
        for (const [place, signal] of asset.signals.entries()) {
          if (!gatewayKnown && signal.gateway === undefined) {
            context.addIssue({
              code: 'custom',
              path: [...at, 'signals', place],
              message: 'no gateway here or above',
            });
          }
        }
        visit(asset.children, [...at, 'children'], rank, gatewayKnown);
      }
    };
    visit(plant.assets, ['assets'], -1, false);
  });

export type PlantModel = z.infer<typeof plantModelSchema>;
