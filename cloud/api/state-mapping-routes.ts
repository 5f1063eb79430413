import { machineStates } from '@gongfu/shared/model/machine-state';
import { z } from 'zod';
import type { Records, StateMappingRecord } from '../records/records.ts';
import { guardedRoute, type Route } from './route.ts';

const stateMappingField = z.object({
  id: z.string(),
  version: z.string().describe('changes with the content'),
  states: z.array(
    z.object({
      value: z.union([z.number(), z.boolean(), z.string()]),
      state: z.enum(machineStates),
      cause: z.object({ zh: z.string(), en: z.string() }),
    }),
  ),
});

export function stateMappingRoutes(records: Pick<Records, 'stateMappings'>): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/state-mappings',
      permission: 'assets:read',
      summary: 'State mappings of the tenant: what the values of a state signal mean',
      status: 200,
      reply: z.object({ items: z.array(stateMappingField) }),
      handle: async (_request, { tenantId }) => {
        const found = await records.stateMappings
          .find({ tenantId })
          .sort({ stateMappingId: 1 })
          .lean<StateMappingRecord[]>();
        return { items: found.map(stateMappingJson) };
      },
    }),
  ];
}

function stateMappingJson({ stateMappingId, version, states }: StateMappingRecord): z.infer<typeof stateMappingField> {
  return { id: stateMappingId, version, states: states.map(({ value, state, cause }) => ({ value, state, cause })) };
}
