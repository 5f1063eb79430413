import type { ApiClient } from './api-client.ts';
import type { SessionOpened } from './api-shapes.ts';

/** Where the identity provider sends the browser back to. */
export const oidcReturnPath = '/sign-in/oidc';
const attemptKey = 'gongfu.oidc';

interface KeptAttempt {
  readonly proof: string;
  /** The page that was asked for before. */
  readonly returnTo: string;
}

/** Leaves this page for the provider. @throws ApiProblem */
export async function goToProvider(api: ApiClient): Promise<void> {
  const { url, proof } = await api.post<{ url: string; proof: string }>('/oidc/attempts', {});
  const here = location.pathname + location.search;
  const kept: KeptAttempt = { proof, returnTo: location.pathname === oidcReturnPath ? '/' : here };
  sessionStorage.setItem(attemptKey, JSON.stringify(kept));
  location.assign(url);
}

/** Finishes what this tab began, with the query it came back with. @throws ApiProblem */
export async function finishOidc(api: ApiClient): Promise<{ opened: SessionOpened; returnTo: string }> {
  const kept = JSON.parse(sessionStorage.getItem(attemptKey) ?? 'null') as KeptAttempt | null;
  sessionStorage.removeItem(attemptKey);
  const opened = await api.post<SessionOpened>('/oidc/sessions', {
    // Without one the platform says what is the matter.
    proof: kept?.proof ?? 'none',
    parameters: Object.fromEntries(new URLSearchParams(location.search)),
  });
  return { opened, returnTo: kept?.returnTo ?? '/' };
}
