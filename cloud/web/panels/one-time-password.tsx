import { Button } from 'antd';
import { useFormats } from '../formats.ts';
import { CopyButton } from './copy-button.tsx';
import { OpenedTitle } from './opened-title.tsx';
import '../forms.css';

/** A first password as it is shown, once, with a message ready to be sent. */
export function OneTimePassword(props: { name: string; password: string; onDone: () => void }) {
  const { name, password } = props;
  const { t } = useFormats();
  const message = t('users.message', {
    address: location.origin,
    name,
    password,
    interpolation: { escapeValue: false },
  });
  return (
    <section className="form-card" aria-labelledby="one-time-password">
      <OpenedTitle id="one-time-password">{t('users.passwordTitle', { name })}</OpenedTitle>
      <p>{t('users.passwordNote')}</p>
      <div className="secret">
        <code data-secret="password">{password}</code>
        <CopyButton text={password} label={t('users.copyPassword')} />
        <CopyButton text={message} label={t('users.copyMessage')} visibleLabel={t('users.copyMessage')} />
      </div>
      <div className="form-actions">
        <Button onClick={props.onDone}>{t('users.passwordDone')}</Button>
      </div>
    </section>
  );
}
