import { z } from 'zod';
import { publicRoute, type Route } from './route.ts';
import { type OpenedSession, openedField, openedJson } from './session-routes.ts';

/** What the routes need of access. */
export interface OidcDoor {
  /** Null where no provider is configured. */
  readonly label: { readonly zh: string; readonly en: string } | null;
  /** @throws Problem 404, 429, 503 */
  begin(address: string): Promise<{ url: string; proof: string }>;
  /** @throws Problem 401, 403, 404, 409, 503 */
  finish(back: {
    proof: string;
    parameters: Readonly<Record<string, string>>;
    address: string;
    device: string | undefined;
  }): Promise<OpenedSession>;
}

export function oidcRoutes(oidc: OidcDoor): Route[] {
  return [
    publicRoute({
      method: 'get',
      path: '/api/v1/sign-in-methods',
      summary: 'How one can sign in here beside name and password',
      status: 200,
      reply: z.object({ oidc: z.object({ label: z.object({ zh: z.string(), en: z.string() }) }).nullable() }),
      handle: async () => ({ oidc: oidc.label === null ? null : { label: oidc.label } }),
    }),
    publicRoute({
      method: 'post',
      path: '/api/v1/oidc/attempts',
      summary: 'Begin a sign-in with the identity provider: go to `url`, keep `proof` in the tab',
      status: 201,
      reply: z.object({ url: z.string(), proof: z.string() }),
      handle: ({ address }) => oidc.begin(address),
    }),
    publicRoute({
      method: 'post',
      path: '/api/v1/oidc/sessions',
      summary: 'Finish it with what the provider sent the browser back with',
      body: z.strictObject({
        proof: z.string().min(1).max(100),
        parameters: z.record(z.string().max(50), z.string().max(4_000)),
      }),
      status: 201,
      reply: openedField,
      handle: async ({ body, address, headers }) =>
        openedJson(await oidc.finish({ ...body, address, device: headers['user-agent'] })),
    }),
  ];
}
