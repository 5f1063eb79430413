import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';
import { finishOidc, goToProvider } from '../oidc.ts';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { problemWords } from '../problem-words.ts';
import { useSession } from '../session.tsx';

const known = [
  'oidc-refused',
  'oidc-attempt-unknown',
  'oidc-role-missing',
  'oidc-name-taken',
  'user-disabled',
] as const;

/** The provider has sent the browser back: what it says is traded for a session, or the page says why not. */
export function OidcReturnPage() {
  const { api, open } = useSession();
  const navigate = useNavigate();
  const begun = useRef(false);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    // An answer can be traded once only.
    if (begun.current) return;
    begun.current = true;
    const finish = async (): Promise<void> => {
      const { opened, returnTo } = await finishOidc(api);
      await navigate(returnTo, { replace: true });
      open(opened);
    };
    finish().catch(setProblem);
  }, [api, navigate, open]);
  if (problem === undefined) return <Frame busy />;
  return (
    <Frame>
      <Failed problem={problem} onAgain={() => void goToProvider(api).catch(setProblem)} />
    </Frame>
  );
}

function Failed({ problem, onAgain }: { problem: unknown; onAgain: () => void }) {
  const { t } = useFormats();
  const { i18n } = useTranslation();
  const { code, status, message } = problem instanceof ApiProblem ? problem : { code: '', status: -1, message: '' };
  const reason = known.find((one) => one === code);
  const words = problem instanceof ApiProblem ? problemWords(problem, i18n.language) : undefined;
  const said = status === 0 ? t('problem.unreachable') : words?.title || t('problem.unexpected');
  return (
    <Notice title={t('oidc.failed')} role="alert">
      <p>{reason === undefined ? said : t(`oidc.reasons.${reason}`)}</p>
      {/* The provider's own words. */}
      {reason === 'oidc-refused' && <p className="quiet">{message}</p>}
      <div className="notice-actions">
        <Button type="primary" onClick={onAgain}>
          {t('oidc.again')}
        </Button>
        <Link to="/">{t('oidc.withPassword')}</Link>
      </div>
      {code !== '' && status !== 0 && <p className="quiet">{t('problem.code', { code })}</p>}
    </Notice>
  );
}
