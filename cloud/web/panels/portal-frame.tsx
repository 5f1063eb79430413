import type { ReactNode } from 'react';
import type { User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { Frame } from './frame.tsx';
import { Notice } from './notice.tsx';
import { roleName } from './role-name.ts';
import '../portal.css';

/** What every page of the portal stands in, and the word to whoever may not see it. */
export function PortalFrame(props: {
  user: User;
  permission: 'portal:read' | 'portal:configure';
  title: string;
  children: ReactNode;
}) {
  const { user, permission } = props;
  const { t } = useFormats();
  return (
    <Frame title={props.title}>
      {user.permissions.includes(permission) ? (
        props.children
      ) : (
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('portal.forbiddenAdvice', { user: user.name, role: roleName(t, user.role), permission })}</p>
        </Notice>
      )}
    </Frame>
  );
}
