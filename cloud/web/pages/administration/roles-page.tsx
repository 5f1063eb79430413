import { useQuery } from '@tanstack/react-query';
import type { RoleList } from '../../administration-shapes.ts';
import type { User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { rightName, roleName } from '../../panels/role-name.ts';
import { useSession } from '../../session.tsx';

/** What each role may do, as the platform itself says it. */
export function RolesPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const roles = useQuery({
    queryKey: ['roles', token],
    queryFn: () => api.get<RoleList>('/roles'),
    enabled: user.permissions.includes('users:manage'),
  });
  return (
    <AdministrationFrame user={user} section="roles" intro={t('roles.intro')}>
      <Asked query={roles}>{(list) => <Matrix list={list} own={user.role} />}</Asked>
    </AdministrationFrame>
  );
}

function Matrix({ list, own }: { list: RoleList; own: string }) {
  const { t } = useFormats();
  return (
    <table className="matrix" aria-label={t('administration.sections.roles')}>
      <thead>
        <tr>
          <td className="matrix-cell" />
          {list.items.map(({ role }) => (
            <th key={role} scope="col" className="matrix-cell matrix-role">
              {roleName(t, role)}
              <small>{role === own ? t('roles.own') : ''}</small>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {list.permissions.map((permission) => (
          <tr key={permission}>
            <th scope="row" className="matrix-cell">
              {rightName(t, permission)}
              <small>{permission}</small>
            </th>
            {list.items.map(({ role, permissions }) => {
              const may = permissions.includes(permission);
              return (
                <td
                  key={role}
                  className={`matrix-cell matrix-may${may ? ' matrix-yes' : ''}`}
                  data-label={roleName(t, role)}
                >
                  {may ? (
                    <span title={t('roles.yes')}>✓</span>
                  ) : (
                    <span className="visually-hidden">{t('roles.no')}</span>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
