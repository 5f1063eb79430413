import { Button } from 'antd';
import { useFormats } from '../formats.ts';
import { CopyButton } from './copy-button.tsx';

/** Shown once; it stays until somebody says they are kept. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useFormats();
  return (
    <div className="recovery">
      <h3>{t('secondStep.recoveryHeading')}</h3>
      <p>{t('secondStep.recovery')}</p>
      <ul data-text="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="account-actions">
        <CopyButton text={codes.join('\n')} label={t('secondStep.copyCodes')} />
        <Button type="primary" onClick={onKept}>
          {t('secondStep.kept')}
        </Button>
      </div>
    </div>
  );
}
