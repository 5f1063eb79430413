import { Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../session.tsx';
import { Navigation } from './navigation.tsx';
import { PreferenceButtons } from './preference-buttons.tsx';

/** What every page stands in: the head with the plant's name, the way out, and one main part. */
export function Frame(props: { title?: string; status?: ReactNode; busy?: boolean; children?: ReactNode }) {
  const { t } = useTranslation();
  const { state, signOut } = useSession();
  return (
    <>
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <header className="head">
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
              <span className="head-user quiet" title={state.user.role}>
                {state.user.name}
              </span>
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
