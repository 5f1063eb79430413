import { type ComponentType, lazy } from 'react';
import type { User } from './api-shapes.ts';
import { keptPair } from './session-tokens.ts';

const loadOverview = async () => ({ default: (await import('./pages/overview-page.tsx')).OverviewPage });
// Most visits begin there: it comes while the platform is still being asked who is signed in.
if (location.pathname === '/' && keptPair() !== undefined) void loadOverview().catch(() => undefined);

/** What every page is given: who looks at it, and the token of the session. */
interface PageProps {
  readonly token: string;
  readonly user: User;
}

/**
 * Every page there is, by its address; what changes the view further stands in the query. Each comes when it is
 * opened. A page says itself what it shows to somebody who may not see it; which pages the head
 * of every page leads to is in `panels/navigation.tsx`.
 */
export const pages: readonly { readonly path: string; readonly page: ComponentType<PageProps> }[] = [
  { path: '/', page: lazy(loadOverview) },
  {
    path: '/account',
    page: lazy(async () => ({ default: (await import('./pages/account-page.tsx')).AccountPage })),
  },
  {
    path: '/administration/users',
    page: lazy(async () => ({ default: (await import('./pages/administration/users-page.tsx')).UsersPage })),
  },
  {
    path: '/administration/calendar',
    page: lazy(async () => ({ default: (await import('./pages/administration/calendar-page.tsx')).CalendarPage })),
  },
  {
    path: '/administration/api-keys',
    page: lazy(async () => ({ default: (await import('./pages/administration/api-keys-page.tsx')).ApiKeysPage })),
  },
  {
    path: '/administration/audit',
    page: lazy(async () => ({ default: (await import('./pages/administration/audit-page.tsx')).AuditPage })),
  },
  {
    path: '/administration/tenants',
    page: lazy(async () => ({ default: (await import('./pages/administration/tenants-page.tsx')).TenantsPage })),
  },
  {
    path: '/administration/roles',
    page: lazy(async () => ({ default: (await import('./pages/administration/roles-page.tsx')).RolesPage })),
  },
  {
    path: '/gateways',
    page: lazy(async () => ({ default: (await import('./pages/gateways-page.tsx')).GatewaysPage })),
  },
  {
    path: '/lines/:assetId',
    page: lazy(async () => ({ default: (await import('./pages/line-page.tsx')).LinePage })),
  },
  {
    path: '/andon',
    page: lazy(async () => ({ default: (await import('./pages/andon-page.tsx')).AndonPage })),
  },
  {
    path: '/reports/shift',
    page: lazy(async () => ({ default: (await import('./pages/shift-report-page.tsx')).ShiftReportPage })),
  },
  {
    path: '/machines/:assetId',
    page: lazy(async () => ({ default: (await import('./pages/machine-page.tsx')).MachinePage })),
  },
  {
    path: '/portal',
    page: lazy(async () => ({ default: (await import('./pages/portal/portal-page.tsx')).PortalPage })),
  },
  {
    path: '/portal/plugins/:pluginId/settings',
    page: lazy(async () => ({ default: (await import('./pages/portal/plugin-settings-page.tsx')).PluginSettingsPage })),
  },
  {
    path: '/portal/plugins/:pluginId/:pageId',
    page: lazy(async () => ({ default: (await import('./pages/portal/plugin-page.tsx')).PluginPage })),
  },
  {
    path: '/signals',
    page: lazy(async () => ({ default: (await import('./pages/signals-page.tsx')).SignalsPage })),
  },
];

/** Before anything else opens; not by an address, so that a link that was sent opens afterwards. */
export const SignInPage = lazy(async () => ({ default: (await import('./pages/sign-in-page.tsx')).SignInPage }));
export const OidcReturnPage = lazy(async () => ({
  default: (await import('./pages/oidc-return-page.tsx')).OidcReturnPage,
}));
export const FirstPasswordPage = lazy(async () => ({
  default: (await import('./pages/first-password-page.tsx')).FirstPasswordPage,
}));
