import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { administrationSections } from '../administration-sections.ts';
import type { User } from '../api-shapes.ts';

const pages = [
  { path: '/', label: 'navigation.overview', permissions: ['assets:read'] },
  { path: '/signals', label: 'navigation.signals', permissions: ['samples:read'] },
  { path: '/alarms', label: 'navigation.alarms', permissions: ['alarms:read'] },
  { path: '/reports/shift', label: 'navigation.report', permissions: ['kpis:read'] },
  { path: '/andon', label: 'navigation.andon', permissions: ['kpis:read'] },
  { path: '/portal', label: 'navigation.portal', permissions: ['portal:read'] },
  { path: '/commands', label: 'navigation.commands', permissions: ['commands:read'] },
  { path: '/gateways', label: 'navigation.gateways', permissions: ['gateways:read'] },
  {
    path: '/administration',
    label: 'navigation.administration',
    permissions: administrationSections.map(({ permission }) => permission),
  },
] as const;

/** The pages this user may open, each with permissions of which one is enough. The one shown is marked by `aria-current`. */
export function Navigation({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <nav className="pages" aria-label={t('navigation.label')}>
      {pages
        .filter(({ permissions }) => permissions.some((permission) => user.permissions.includes(permission)))
        .map(({ path, label }) => (
          <NavLink key={path} to={path} end={path === '/'}>
            {t(label)}
          </NavLink>
        ))}
    </nav>
  );
}
