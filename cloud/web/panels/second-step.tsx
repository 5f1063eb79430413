import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { useState } from 'react';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { ProofForm } from './proof-form.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';
import { Refused } from './refused.tsx';
import { SecondStepSetup } from './second-step-setup.tsx';

interface Status {
  readonly enabled: boolean;
  readonly recoveryCodesLeft: number;
}

type Doing = 'setup' | 'renew' | 'remove' | undefined;
const queryKey = ['account', 'second-factor'];
const fewCodes = 3;

/** Codes of an app at sign-in: set up, shown, renewed and switched off. */
export function SecondStep() {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const { data, error } = useQuery({ queryKey, queryFn: () => api.get<Status>('/account/second-factor') });
  const [doing, setDoing] = useState<Doing>();
  const [codes, setCodes] = useState<readonly string[]>();
  const done = (fresh?: readonly string[]): void => {
    setDoing(undefined);
    setCodes(fresh);
    void queries.invalidateQueries({ queryKey });
  };
  const renew = async (code: string): Promise<void> =>
    done(
      (await api.post<{ recoveryCodes: string[] }>('/account/second-factor/recovery-codes', { code })).recoveryCodes,
    );
  const remove = async (code: string): Promise<void> => {
    await api.post('/account/second-factor/removal', { code });
    done();
  };

  return (
    <section aria-labelledby="account-second-step" data-second-step={data?.enabled}>
      <h2 id="account-second-step">{t('secondStep.heading')}</h2>
      {data === undefined && (error === null ? <Skeleton active={false} title={false} /> : <Refused problem={error} />)}
      {data !== undefined && <StatusText {...data} />}
      {codes !== undefined && <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />}
      {data !== undefined && codes === undefined && doing === undefined && (
        <Choices enabled={data.enabled} onChoose={setDoing} />
      )}
      {doing === 'setup' && <SecondStepSetup onDone={done} onCancel={() => setDoing(undefined)} />}
      {(doing === 'renew' || doing === 'remove') && (
        <ProofForm
          kind="code"
          label={t('secondStep.anyCode')}
          note={t(`secondStep.${doing}Note`)}
          submit={t(`secondStep.${doing}`)}
          onSubmit={doing === 'renew' ? renew : remove}
          onCancel={() => setDoing(undefined)}
        />
      )}
    </section>
  );
}

function StatusText({ enabled, recoveryCodesLeft }: Status) {
  const { t } = useFormats();
  if (!enabled) return <p className="quiet">{t('secondStep.off')}</p>;
  return (
    <p>
      {t('secondStep.on')}{' '}
      <span className={recoveryCodesLeft <= fewCodes ? 'attention' : 'quiet'}>
        {t('secondStep.codesLeft', { count: recoveryCodesLeft })}
        {recoveryCodesLeft <= fewCodes && <> · {t('secondStep.fewCodes')}</>}
      </span>
    </p>
  );
}

function Choices({ enabled, onChoose }: { enabled: boolean; onChoose: (doing: Doing) => void }) {
  const { t } = useFormats();
  return (
    <div className="account-actions">
      {enabled ? (
        <>
          <Button onClick={() => onChoose('renew')}>{t('secondStep.renew')}</Button>
          <Button onClick={() => onChoose('remove')}>{t('secondStep.remove')}</Button>
        </>
      ) : (
        <Button onClick={() => onChoose('setup')}>{t('secondStep.begin')}</Button>
      )}
    </div>
  );
}
