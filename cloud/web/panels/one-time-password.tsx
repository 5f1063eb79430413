import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useFormats } from '../formats.ts';
import { CopyButton } from './copy-button.tsx';
import '../forms.css';

/** A first password as it is shown, once, with a message ready to be sent. */
export function OneTimePassword(props: { name: string; password: string; onDone: () => void }) {
  const { name, password } = props;
  const { t } = useFormats();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const message = t('users.message', {
    address: location.origin,
    name,
    password,
    interpolation: { escapeValue: false },
  });
  return (
    <section className="form-card" aria-labelledby="one-time-password">
      <h2 id="one-time-password" ref={title} tabIndex={-1}>
        {t('users.passwordTitle', { name })}
      </h2>
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
