import type { LocalText } from '@gongfu/shared/model/asset';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';
import { goToProvider } from '../oidc.ts';
import { useSession } from '../session.tsx';
import { Refused } from './refused.tsx';

/** The button to the identity provider; nothing where none is configured, or the platform cannot say. */
export function ProviderSignIn() {
  const { t, name } = useFormats();
  const { api } = useSession();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const { data } = useQuery({
    queryKey: ['sign-in-methods'],
    queryFn: () => api.get<{ oidc: { label: LocalText } | null }>('/sign-in-methods'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (data === undefined || data.oidc === null) return null;
  const go = async (): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    try {
      await goToProvider(api);
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <>
      <p className="sign-in-or quiet">{t('signIn.or')}</p>
      {problem !== undefined && <Unreached problem={problem} />}
      <Button size="large" block disabled={working} onClick={() => void go()}>
        {t('signIn.withProvider', { provider: name(data.oidc.label) })}
      </Button>
    </>
  );
}

function Unreached({ problem }: { problem: unknown }) {
  const { t } = useFormats();
  if (!(problem instanceof ApiProblem) || problem.code !== 'oidc-unreachable') return <Refused problem={problem} />;
  return <Alert type="error" role="alert" title={t('oidc.unreachable')} description={t('oidc.unreachableAdvice')} />;
}
