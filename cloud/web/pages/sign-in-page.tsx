import { Alert, Button, Input } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';
import { PreferenceButtons } from '../panels/preference-buttons.tsx';
import { useSession } from '../session.tsx';

export function SignInPage({ ended }: { ended: boolean }) {
  const { t } = useTranslation();
  const { signIn } = useSession();
  const ids = { user: useId(), password: useId() };
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (user === '' || password === '') return setProblem('missing');
    setWorking(true);
    setProblem(undefined);
    try {
      await signIn(user, password);
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };

  return (
    <main className="sign-in">
      <div className="sign-in-preferences">
        <PreferenceButtons />
      </div>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Gongfu 工赋</h1>
        {ended && problem === undefined && <Alert type="info" title={t('signIn.ended')} />}
        {problem !== undefined && <SignInProblem problem={problem} />}
        <label htmlFor={ids.user}>{t('signIn.user')}</label>
        <Input
          id={ids.user}
          name="username"
          size="large"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <label htmlFor={ids.password}>{t('signIn.password')}</label>
        <Input
          id={ids.password}
          name="password"
          type="password"
          size="large"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="primary" size="large" htmlType="submit" disabled={working} block>
          {working ? t('signIn.working') : t('signIn.submit')}
        </Button>
      </form>
    </main>
  );
}

function SignInProblem({ problem }: { problem: unknown }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [title, description] = explain();
  return <Alert type="error" role="alert" title={title} description={description} />;

  function explain(): [string, string?] {
    if (problem === 'missing') return [t('signIn.missing')];
    if (!(problem instanceof ApiProblem)) return [t('problem.unexpected')];
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
      default:
        return [problem.message, problem.advice];
    }
  }
}
