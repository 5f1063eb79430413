import { type ComponentType, lazy, useState } from 'react';
import { matchPath } from 'react-router';
import type { User } from './api-shapes.ts';
import { keptPair } from './session-tokens.ts';

/** What every page is given: who looks at it, and the token of the session. */
interface PageProps {
  readonly token: string;
  readonly user: User;
}

/** A page that comes when it is opened, or `ahead` of that. */
interface PageSource {
  shown(): ComponentType<PageProps>;
  ahead(): void;
}

/**
 * Every page there is, by its address; what changes the view further stands in the query. Each comes when it is
 * opened. A page says itself what it shows to somebody who may not see it; which pages the head
 * of every page leads to is in `panels/navigation.tsx`.
 */
export const pages: readonly { readonly path: string; readonly page: PageSource }[] = [
  { path: '/', page: later(async () => (await import('./pages/overview-page.tsx')).OverviewPage) },
  { path: '/account', page: later(async () => (await import('./pages/account-page.tsx')).AccountPage) },
  {
    path: '/administration/users',
    page: later(async () => (await import('./pages/administration/users-page.tsx')).UsersPage),
  },
  {
    path: '/administration/calendar',
    page: later(async () => (await import('./pages/administration/calendar-page.tsx')).CalendarPage),
  },
  {
    path: '/administration/api-keys',
    page: later(async () => (await import('./pages/administration/api-keys-page.tsx')).ApiKeysPage),
  },
  {
    path: '/administration/brokers',
    page: later(async () => (await import('./pages/administration/brokers-page.tsx')).BrokersPage),
  },
  {
    path: '/administration/webhooks',
    page: later(async () => (await import('./pages/administration/webhooks-page.tsx')).WebhooksPage),
  },
  {
    path: '/administration/audit',
    page: later(async () => (await import('./pages/administration/audit-page.tsx')).AuditPage),
  },
  {
    path: '/administration/tenants',
    page: later(async () => (await import('./pages/administration/tenants-page.tsx')).TenantsPage),
  },
  {
    path: '/administration/roles',
    page: later(async () => (await import('./pages/administration/roles-page.tsx')).RolesPage),
  },
  { path: '/gateways', page: later(async () => (await import('./pages/gateways-page.tsx')).GatewaysPage) },
  {
    path: '/gateways/configurations',
    page: later(async () => (await import('./pages/configurations-page.tsx')).ConfigurationsPage),
  },
  { path: '/lines/:assetId', page: later(async () => (await import('./pages/line-page.tsx')).LinePage) },
  { path: '/andon', page: later(async () => (await import('./pages/andon-page.tsx')).AndonPage) },
  { path: '/reports/shift', page: later(async () => (await import('./pages/shift-report-page.tsx')).ShiftReportPage) },
  { path: '/machines/:assetId', page: later(async () => (await import('./pages/machine-page.tsx')).MachinePage) },
  { path: '/portal', page: later(async () => (await import('./pages/portal/portal-page.tsx')).PortalPage) },
  {
    path: '/portal/plugins/:pluginId/settings',
    page: later(async () => (await import('./pages/portal/plugin-settings-page.tsx')).PluginSettingsPage),
  },
  {
    path: '/portal/plugins/:pluginId/:pageId',
    page: later(async () => (await import('./pages/portal/plugin-page.tsx')).PluginPage),
  },
  { path: '/alarms', page: later(async () => (await import('./pages/alarms-page.tsx')).AlarmsPage) },
  { path: '/commands', page: later(async () => (await import('./pages/commands-page.tsx')).CommandsPage) },
  { path: '/signals', page: later(async () => (await import('./pages/signals-page.tsx')).SignalsPage) },
];

// The one that is opened comes while the platform is still being asked who is signed in.
if (keptPair() !== undefined) pages.find(({ path }) => matchPath(path, location.pathname) !== null)?.page.ahead();

/** One that is here already is shown at once: React holds back what it had to wait for. */
export function OpenedPage({ page, ...props }: PageProps & { page: PageSource }) {
  // Which of the two it is must not change while it is shown.
  const [Shown] = useState(() => page.shown());
  return <Shown {...props} />;
}

function later(load: () => Promise<ComponentType<PageProps>>): PageSource {
  let here: ComponentType<PageProps> | undefined;
  const fetched = async (): Promise<ComponentType<PageProps>> => {
    here ??= await load();
    return here;
  };
  const awaited = lazy(async () => ({ default: await fetched() }));
  return { shown: () => here ?? awaited, ahead: () => void fetched().catch(() => undefined) };
}

/** Before anything else opens; not by an address, so that a link that was sent opens afterwards. */
export const SignInPage = lazy(async () => ({ default: (await import('./pages/sign-in-page.tsx')).SignInPage }));
export const OidcReturnPage = lazy(async () => ({
  default: (await import('./pages/oidc-return-page.tsx')).OidcReturnPage,
}));
export const FirstPasswordPage = lazy(async () => ({
  default: (await import('./pages/first-password-page.tsx')).FirstPasswordPage,
}));
