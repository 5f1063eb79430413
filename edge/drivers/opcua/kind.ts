import type { DriverKind } from '@gongfu/shared/sdk/driver';
import { type OpcuaSource, type OpcuaTag, opcuaSourceSchema, opcuaTagSchema } from './config.ts';
import { describePlan } from './plan.ts';

/** OPC UA by subscription. The client library costs some 100 MB of memory, so it is loaded only where a source asks for it. */
export const opcuaKind: DriverKind<OpcuaSource, OpcuaTag> = {
  id: 'opcua',
  writes: true,
  subscribes: ({ mode }) => mode === 'subscribe',
  secrets: ['password'],
  sourceSchema: opcuaSourceSchema,
  tagSchema: opcuaTagSchema,
  plan: describePlan,
  async load() {
    const { OpcuaDriver } = await import('./driver.ts');
    return (context, source, tags) => new OpcuaDriver({ context, source, tags });
  },
};
