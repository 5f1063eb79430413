import { Alert, Button, Input } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';
import { PreferenceButtons } from '../panels/preference-buttons.tsx';
import { ProviderSignIn } from '../panels/provider-sign-in.tsx';
import { problemWords } from '../problem-words.ts';
import { useSession } from '../session.tsx';

/** Name and password, then a code for those who have a second step. */
export function SignInPage({ ended }: { ended: boolean }) {
  const { t } = useTranslation();
  const { signIn } = useSession();
  const [credentials, setCredentials] = useState({ user: '', password: '' });
  const [codeNeeded, setCodeNeeded] = useState(false);
  const [code, setCode] = useState('');
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { user, password } = credentials;
    if (user === '' || password === '') return setProblem('missing');
    if (codeNeeded && code === '') return setProblem('codeMissing');
    setWorking(true);
    setProblem(undefined);
    try {
      await signIn(user, password, codeNeeded ? code : undefined);
    } catch (error) {
      const asked = error instanceof ApiProblem && error.code === 'second-factor-needed';
      if (asked) setCodeNeeded(true);
      setProblem(asked ? undefined : error);
      setWorking(false);
    }
  };
  const back = (): void => {
    setCodeNeeded(false);
    setCode('');
    setCredentials({ ...credentials, password: '' });
    setProblem(undefined);
  };

  return (
    <main className="sign-in">
      <div className="sign-in-preferences">
        <PreferenceButtons />
      </div>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Gongfu 工赋</h1>
        {ended && problem === undefined && !codeNeeded && <Alert type="info" title={t('signIn.ended')} />}
        {problem !== undefined && <SignInProblem problem={problem} />}
        {codeNeeded ? (
          <CodeField code={code} onChange={setCode} />
        ) : (
          <CredentialFields credentials={credentials} onChange={setCredentials} />
        )}
        <Button type="primary" size="large" htmlType="submit" disabled={working} block>
          {working ? t('signIn.working') : t('signIn.submit')}
        </Button>
        {!codeNeeded && <ProviderSignIn />}
        {codeNeeded && (
          <Button type="text" onClick={back}>
            {t('signIn.back')}
          </Button>
        )}
      </form>
    </main>
  );
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function CredentialFields(props: { credentials: Credentials; onChange: (credentials: Credentials) => void }) {
  const { credentials, onChange } = props;
  const { t } = useTranslation();
  const ids = { user: useId(), password: useId() };
  return (
    <>
      <label htmlFor={ids.user}>{t('signIn.user')}</label>
      <Input
        id={ids.user}
        name="username"
        size="large"
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        value={credentials.user}
        onChange={(event) => onChange({ ...credentials, user: event.target.value })}
      />
      <label htmlFor={ids.password}>{t('signIn.password')}</label>
      <Input
        id={ids.password}
        name="password"
        type="password"
        size="large"
        autoComplete="current-password"
        value={credentials.password}
        onChange={(event) => onChange({ ...credentials, password: event.target.value })}
      />
    </>
  );
}

function CodeField({ code, onChange }: { code: string; onChange: (code: string) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{t('signIn.code')}</label>
      <Input
        id={id}
        name="code"
        size="large"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        aria-describedby={`${id}-note`}
        value={code}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-note`} className="quiet">
        {t('signIn.codeNote')}
      </p>
    </>
  );
}

function SignInProblem({ problem }: { problem: unknown }) {
  const { t, i18n } = useTranslation();
  const formats = useFormats();
  const [title, description] = explain();
  return <Alert type="error" role="alert" title={title} description={description} />;

  function explain(): [string, string?] {
    if (problem === 'missing' || problem === 'codeMissing') return [t(`signIn.${problem}`)];
    if (!(problem instanceof ApiProblem)) return [t('problem.unexpected')];
    if (problem.code === 'second-factor-wrong') return [t('signIn.codeWrong'), t('signIn.codeWrongAdvice')];
    if (problem.code === 'user-disabled') return [t('signIn.disabled'), t('signIn.disabledAdvice')];
    switch (problem.status) {
      case 0:
        return [t('problem.unreachable'), t('problem.unreachableAdvice')];
      case 401:
        return [t('signIn.wrong'), t('signIn.wrongAdvice')];
      case 429:
        return [
          t('signIn.limited'),
          problem.retryAfterMs === undefined
            ? t('signIn.limitedSoon')
            : t('signIn.limitedAdvice', { duration: formats.duration(problem.retryAfterMs) }),
        ];
      default: {
        const { title, advice, exact } = problemWords(problem, i18n.language);
        return [title, advice || exact];
      }
    }
  }
}
