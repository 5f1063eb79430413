import { QRCode } from 'antd';
import { useState } from 'react';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { CopyButton } from './copy-button.tsx';
import { ProofForm } from './proof-form.tsx';

/** Password, then the key for the app, then its first code. */
export function SecondStepSetup(props: { onDone: (recoveryCodes: readonly string[]) => void; onCancel: () => void }) {
  const { t } = useFormats();
  const { api } = useSession();
  const [begun, setBegun] = useState<{ secret: string; uri: string }>();
  const begin = async (password: string): Promise<void> =>
    setBegun(await api.post<{ secret: string; uri: string }>('/account/second-factor', { password }));
  const confirm = async (code: string): Promise<void> => {
    const { recoveryCodes } = await api.post<{ recoveryCodes: string[] }>('/account/second-factor/confirmation', {
      code,
    });
    props.onDone(recoveryCodes);
  };
  if (begun === undefined) {
    return (
      <ProofForm
        kind="password"
        label={t('secondStep.password')}
        note={t('secondStep.passwordNote')}
        submit={t('secondStep.goOn')}
        onSubmit={begin}
        onCancel={props.onCancel}
      />
    );
  }
  const grouped = begun.secret.match(/.{1,4}/g)?.join(' ') ?? begun.secret;
  return (
    <>
      <p>{t('secondStep.scan')}</p>
      <div role="img" aria-label={t('secondStep.qr')}>
        <span aria-hidden="true">
          {/* Black on white in every appearance: some cameras read nothing else. */}
          <QRCode value={begun.uri} type="svg" size={176} color="#000" bgColor="#fff" />
        </span>
      </div>
      <p>
        <span className="label">{t('secondStep.key')}</span>
        <br />
        <code data-text="secret">{grouped}</code>
      </p>
      <CopyButton text={begun.secret} label={t('secondStep.copyKey')} />
      <ProofForm
        kind="code"
        label={t('secondStep.code')}
        submit={t('secondStep.confirm')}
        onSubmit={confirm}
        onCancel={props.onCancel}
      />
    </>
  );
}
