import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Radio, Skeleton } from 'antd';
import { useState } from 'react';
import type { User } from '../api-shapes.ts';
import { useAppearance } from '../appearance.tsx';
import { useFormats } from '../formats.ts';
import { useLanguageChoice } from '../language-choice.ts';
import { Frame } from '../panels/frame.tsx';
import { OwnSessions } from '../panels/own-sessions.tsx';
import { PasswordForm } from '../panels/password-form.tsx';
import { Refused } from '../panels/refused.tsx';
import { roleName } from '../panels/role-name.ts';
import { SecondStep } from '../panels/second-step.tsx';
import { themeChoices } from '../preferences.ts';
import { useSession } from '../session.tsx';
import '../account.css';

/** What everybody may do with the own account, whatever the role. */
export function AccountPage({ user }: { user: User }) {
  const { t } = useFormats();
  return (
    <Frame title={t('account.title')}>
      <div className="account">
        <section aria-labelledby="account-who">
          <h2 id="account-who">{t('account.who')}</h2>
          <dl>
            <div>
              <dt>{t('account.user')}</dt>
              <dd>{user.name}</dd>
            </div>
            <div>
              <dt>{t('account.role')}</dt>
              <dd>{roleName(t, user.role)}</dd>
            </div>
            <div>
              <dt>{t('account.tenant')}</dt>
              <dd>{user.tenantId}</dd>
            </div>
          </dl>
        </section>
        <Display />
        <SignInSections user={user} />
        <OwnSessions />
      </div>
    </Frame>
  );
}

function Display() {
  const { t } = useFormats();
  const { choice, choose: chooseTheme } = useAppearance();
  const { language, choose: chooseLanguage } = useLanguageChoice();
  return (
    <section aria-labelledby="account-display">
      <h2 id="account-display">{t('account.display')}</h2>
      <p className="quiet">{t('account.displayNote')}</p>
      <div className="account-choice">
        <span id="account-language">{t('account.language')}</span>
        <Radio.Group
          aria-labelledby="account-language"
          value={language}
          onChange={(event) => void chooseLanguage(event.target.value)}
        >
          <Radio.Button value="zh-CN">
            <span lang="zh-CN">中文</span>
          </Radio.Button>
          <Radio.Button value="en">
            <span lang="en">English</span>
          </Radio.Button>
        </Radio.Group>
      </div>
      <div className="account-choice">
        <span id="account-appearance">{t('account.appearance')}</span>
        <Radio.Group
          aria-labelledby="account-appearance"
          value={choice}
          onChange={(event) => chooseTheme(event.target.value)}
        >
          {themeChoices.map((theme) => (
            <Radio.Button key={theme} value={theme}>
              {t(`account.${theme}`)}
            </Radio.Button>
          ))}
        </Radio.Group>
      </div>
    </section>
  );
}

/** Password and second step, or who keeps them. */
function SignInSections({ user }: { user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [changed, setChanged] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['account', 'own'],
    queryFn: () => api.get<{ issuer: string | null }>('/account'),
  });
  const changedOne = (): void => {
    setChanged(true);
    // The other sessions have ended.
    void queries.invalidateQueries({ queryKey: ['account'] });
  };
  if (data === undefined) return error === null ? <Skeleton active={false} /> : <Refused problem={error} />;
  if (data.issuer !== null) {
    return (
      <section aria-labelledby="account-provider">
        <h2 id="account-provider">{t('account.provider')}</h2>
        <p>{t('account.providerNote', { issuer: data.issuer })}</p>
      </section>
    );
  }
  return (
    <>
      <section aria-labelledby="account-password">
        <h2 id="account-password">{t('password.heading')}</h2>
        <p className="quiet">{t('password.note')}</p>
        {changed && <Alert type="success" role="status" title={t('password.changed')} />}
        <PasswordForm userName={user.name} submit={t('password.submit')} onChanged={changedOne} />
      </section>
      <SecondStep />
    </>
  );
}
