import { Problem } from '@gongfu/shared/base/problem';
import { definePlugin, pluginRoute } from '@gongfu/shared/sdk/plugin';
import { expect } from 'chai';
import { z } from 'zod';
import type { Principal } from '#cloud/access/principal';
import { mountedRoutes } from '#cloud/plugins/host/mounted-routes';
import { FakeClock } from '../../kit/fake-clock.ts';
import { definition } from './plugin-probe.ts';

describe('plugin host: routes', () => {
  const route = pluginRoute({
    method: 'get',
    path: '/rows',
    permission: 'kpis:read',
    summary: 'rows',
    reply: z.object({ items: z.array(z.object({ label: z.string(), value: z.number() })) }),
    handle: async () => ({ items: [] }),
  });
  const { declaration } = definePlugin(definition({ routes: [route] }));

  /** What the route makes of an answer of the plugin. */
  async function answered(answer: unknown): Promise<unknown> {
    const [mounted] = mountedRoutes({ declarations: [declaration], call: async () => answer, clock: new FakeClock(0) });
    const request = { params: {}, query: undefined, body: undefined, headers: {}, address: '' };
    return (mounted as { handle(request: object, principal: Principal): Promise<unknown> }).handle(
      request,
      {} as Principal,
    );
  }

  it('hand on what the plugin has declared', async () => {
    const answer = { items: [{ label: 'a', value: 1 }] };
    expect(await answered(answer)).to.deep.equal(answer);
  });

  it('say which plugin answered what it has not declared, and where', async () => {
    const problem = await answered({ items: [{ label: 'a', value: 'many' }, { label: 7 }] }).then(
      () => undefined,
      (error: unknown) => error as Problem,
    );
    expect(problem).to.be.instanceOf(Problem);
    expect(problem).to.include({ code: 'plugin-failed', status: 500 });
    expect(problem?.message).to.include('probe in get /rows');
    expect(problem?.places.map(({ where }) => where)).to.deep.equal([
      'answer.items.0.value',
      'answer.items.1.label',
      'answer.items.1.value',
    ]);
  });
});
