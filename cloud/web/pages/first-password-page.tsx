import type { User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { Frame } from '../panels/frame.tsx';
import { PasswordForm } from '../panels/password-form.tsx';
import { useSession } from '../session.tsx';
import '../account.css';

/** Stands at every address while the password is one that somebody else chose; then the page asked for opens. */
export function FirstPasswordPage({ user, givenPassword }: { user: User; givenPassword?: string }) {
  const { t } = useFormats();
  const { refresh, checkAgain } = useSession();
  return (
    <Frame>
      <section className="account first-password">
        <h1>{t('firstPassword.title')}</h1>
        <p>{t('firstPassword.why', { user: user.name })}</p>
        <PasswordForm
          userName={user.name}
          {...(givenPassword === undefined ? {} : { given: givenPassword })}
          submit={t('firstPassword.submit')}
          // Changed all the same when asking who one is fails: the page then asks again.
          onChanged={() => void refresh().catch(checkAgain)}
        />
      </section>
    </Frame>
  );
}
