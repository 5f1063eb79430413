import { Button, Skeleton } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useSession } from '../session.tsx';
import { Navigation } from './navigation.tsx';
import { PreferenceButtons } from './preference-buttons.tsx';
import { roleName } from './role-name.ts';

/** What every page stands in: the head with the plant's name, the way out, and one main part. */
export function Frame(props: { title?: string; status?: ReactNode; busy?: boolean; children?: ReactNode }) {
  const { t } = useTranslation();
  const { state, signOut } = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <header className={isOpen ? 'head head-open' : 'head'}>
        <button
          type="button"
          className="head-menu"
          aria-label={t('menu')}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" stroke="currentColor" strokeWidth="1.4">
            <path d={isOpen ? 'M3 3l10 10M13 3L3 13' : 'M2 4h12M2 8h12M2 12h12'} />
          </svg>
        </button>
        <span className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          {t('product')}
        </span>
        {state.phase === 'signed-in' && <Navigation user={state.user} />}
        {props.title !== undefined && <h1>{props.title}</h1>}
        <span className="head-status">{props.status}</span>
        <span className="head-actions">
          <PreferenceButtons />
          {state.phase === 'signed-in' && (
            <>
              <NavLink
                className="head-user quiet"
                to="/account"
                aria-label={state.user.name}
                title={t('account.link', { role: roleName(t, state.user.role) })}
              >
                <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor">
                  <path
                    strokeWidth="1.4"
                    d="M8 8.2a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8ZM2.6 14a5.4 5.4 0 0 1 10.8 0"
                  />
                </svg>
                <span>{state.user.name}</span>
              </NavLink>
              <Button type="text" onClick={() => void signOut()}>
                {t('signOut')}
              </Button>
            </>
          )}
        </span>
      </header>
      <main id="content" tabIndex={-1} aria-busy={props.busy === true}>
        {props.busy === true ? <Waiting label={t('loading')} /> : props.children}
      </main>
    </>
  );
}

function Waiting({ label }: { label: string }) {
  return (
    <div className="waiting">
      <p className="quiet" role="status">
        {label}
      </p>
      <Skeleton active={false} title paragraph={{ rows: 3 }} />
      <Skeleton active={false} title paragraph={{ rows: 3 }} />
    </div>
  );
}
