import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import { type AdministrationSection, administrationSections, sectionsOf } from '../administration-sections.ts';
import type { User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { Frame } from './frame.tsx';
import { Notice } from './notice.tsx';
import { roleName } from './role-name.ts';
import '../administration.css';

/** What every page of the administration stands in: the way to the others, and the word to whoever may not see it. */
export function AdministrationFrame(props: {
  user: User;
  section: AdministrationSection;
  intro: string;
  children?: ReactNode;
}) {
  const { user, section } = props;
  const { t } = useFormats();
  const needed = administrationSections.find(({ id }) => id === section)?.permission ?? '';
  return (
    <Frame title={t(`administration.sections.${section}`)}>
      <nav className="sections" aria-label={t('administration.label')}>
        {sectionsOf(user).map(({ id }) => (
          <NavLink key={id} to={`/administration/${id}`}>
            {t(`administration.sections.${id}`)}
          </NavLink>
        ))}
      </nav>
      {user.permissions.includes(needed) ? (
        <>
          <p className="quiet section-intro">{props.intro}</p>
          {props.children}
        </>
      ) : (
        <Notice title={t('problem.forbidden')} role="alert">
          <p>
            {t('administration.forbiddenAdvice', { user: user.name, role: roleName(t, user.role), permission: needed })}
          </p>
        </Notice>
      )}
    </Frame>
  );
}
