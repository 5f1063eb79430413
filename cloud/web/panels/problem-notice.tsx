import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api-client.ts';
import { problemWords } from '../problem-words.ts';
import { Notice } from './notice.tsx';

/** What the platform says is wrong, in its own words, with its advice and a way to go on. */
export function ProblemNotice({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  const { t, i18n } = useTranslation();
  const known = problem instanceof ApiProblem ? problem : undefined;
  const silent = known?.status === 0;
  const words = known === undefined || silent ? undefined : problemWords(known, i18n.language);
  const title = silent ? t('problem.unreachable') : (words?.title ?? t('problem.unexpected'));
  return (
    <Notice title={title} role="alert">
      <p>{silent ? t('problem.unreachableAdvice') : words?.advice}</p>
      <Button onClick={onRetry}>{t('problem.retry')}</Button>
      {words !== undefined && words.exact !== '' && (
        <p className="quiet" lang="en">
          {words.exact}
        </p>
      )}
      {known !== undefined && !silent && <p className="quiet">{t('problem.code', { code: known.code })}</p>}
    </Notice>
  );
}
