import { Problem } from '@gongfu/shared/base/problem';
import { z } from 'zod';
import { openApiDocument } from './openapi.ts';
import { publicRoute, type Route } from './route.ts';

/** One part of readiness: a store that answers, a page that was built. */
export interface ReadyPart {
  readonly name: string;
  check(): Promise<{ ready: boolean; detail: string }>;
}

async function readiness({ name, check }: ReadyPart): Promise<{ name: string; ready: boolean; detail: string }> {
  const { ready, detail } = await check();
  return { name, ready, detail };
}

/** What an operator's probes ask. Public by convention, so nothing here names a tenant, a user or a tag. */
export function platformRoutes(options: {
  version: string;
  readyParts: readonly ReadyPart[];
  metrics: () => Promise<string>;
  /** All routes, for the document; asked late because this list is part of it. */
  routes: () => readonly Route[];
}): Route[] {
  const { version, readyParts, metrics, routes } = options;
  const part = z.object({
    name: z.string(),
    ready: z.boolean(),
    detail: z.string(),
  });
  return [
    publicRoute({
      method: 'get',
      path: '/healthz',
      summary: 'The process is alive',
      status: 200,
      reply: z.object({ status: z.literal('alive') }),
      handle: async () => ({ status: 'alive' as const }),
    }),
    publicRoute({
      method: 'get',
      path: '/readyz',
      summary: 'Every store answers; 503 with the parts that do not',
      status: 200,
      reply: z.object({ status: z.literal('ready'), parts: z.array(part) }),
      handle: async () => {
        const parts = await Promise.all(readyParts.map(readiness));
        const missing = parts.filter((one) => !one.ready);
        if (missing.length === 0) return { status: 'ready' as const, parts };
        throw new Problem({
          code: 'not-ready',
          detail: `not ready: ${missing.map((one) => `${one.name} (${one.detail})`).join(', ')}`,
          advice: 'Wait while it starts; when it stays so, look at the log of the part named.',
          reaction: 'retry',
          status: 503,
          retryAfterMs: 1000,
          places: missing.map((one) => ({ where: one.name, what: one.detail })),
        });
      },
    }),
    publicRoute({
      method: 'get',
      path: '/metrics',
      summary: 'Prometheus metrics',
      status: 200,
      reply: 'text/plain; version=0.0.4',
      handle: () => metrics(),
    }),
    publicRoute({
      method: 'get',
      path: '/version',
      summary: 'Version of the service',
      status: 200,
      reply: z.object({ name: z.string(), version: z.string() }),
      handle: async () => ({ name: 'gongfu-cloud', version }),
    }),
    publicRoute({
      method: 'get',
      path: '/api/openapi.json',
      summary: 'This description',
      status: 200,
      reply: 'application/json',
      handle: async () => JSON.stringify(openApiDocument(routes(), version)),
    }),
  ];
}
