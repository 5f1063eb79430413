import type { DriverKind } from '@gongfu/shared/sdk/driver';
import { type DerivedSource, type DerivedTag, derivedSourceSchema, derivedTagSchema } from './config.ts';
import { describePlan, judge } from './plan.ts';

/** Tags worked out of other tags. Talks to nobody. */
export const derivedKind: DriverKind<DerivedSource, Pick<DerivedTag, 'expression'>> = {
  id: 'derived',
  subscribes: ({ on }) => on === 'change',
  sourceSchema: derivedSourceSchema,
  tagSchema: derivedTagSchema,
  plan: describePlan,
  judge,
  async load() {
    const { DerivedDriver } = await import('./driver.ts');
    return (context, source, tags) => new DerivedDriver({ context, source, tags });
  },
};
