import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { CommandSettingsView } from '../commands/command-settings.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

/** What the routes need of the settings. */
interface SettingsDoor {
  read(principal: Principal): Promise<CommandSettingsView>;
  set(tenantId: string, gatewayId: string | null, secondApprover: boolean): Promise<boolean>;
}

const settingsField = z.object({
  secondApprover: z.boolean(),
  gateways: z.array(z.object({ id: z.string(), name: z.string(), secondApprover: z.boolean() })).readonly(),
});

export function commandSettingsRoutes(settings: SettingsDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/command-settings',
      permission: 'commands:read',
      summary: 'Where a second person must approve commands',
      status: 200,
      reply: settingsField,
      handle: async (_request, principal) => settings.read(principal),
    }),
    guardedRoute({
      method: 'put',
      path: '/api/v1/command-settings',
      permission: 'gateways:enrol',
      action: 'command-settings-change',
      summary: 'Say whether a second person must approve commands, of the tenant or (`gateway`) of one gateway',
      told: ({ body }) => `${body?.gateway ?? 'tenant'}: second approver ${body?.secondApprover ? 'on' : 'off'}`,
      body: z.strictObject({ gateway: z.string().min(1).max(100).nullable(), secondApprover: z.boolean() }),
      status: 204,
      reply: null,
      handle: async ({ body: { gateway, secondApprover } }, { tenantId }) => {
        if (!(await settings.set(tenantId, gateway, secondApprover))) throw notFound(`gateway ${gateway}`);
      },
    }),
  ];
}
