import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import type { User } from '../api-shapes.ts';

const pages = [
  { path: '/', label: 'navigation.overview', permission: 'assets:read' },
  { path: '/gateways', label: 'navigation.gateways', permission: 'gateways:read' },
] as const;

/** The pages this user may open. The one shown is marked by `aria-current`. */
export function Navigation({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <nav className="pages" aria-label={t('navigation.label')}>
      {pages
        .filter(({ permission }) => user.permissions.includes(permission))
        .map(({ path, label }) => (
          <NavLink key={path} to={path} end={path === '/'}>
            {t(label)}
          </NavLink>
        ))}
    </nav>
  );
}
