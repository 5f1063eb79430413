import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api-client.ts';
import { Notice } from './notice.tsx';

/** What the platform says is wrong, in its own words, with its advice and a way to go on. */
export function ProblemNotice({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const known = problem instanceof ApiProblem ? problem : undefined;
  const silent = known?.status === 0;
  const title = silent ? t('problem.unreachable') : (known?.message ?? t('problem.unexpected'));
  return (
    <Notice title={title} role="alert">
      <p>{silent ? t('problem.unreachableAdvice') : known?.advice}</p>
      <Button onClick={onRetry}>{t('problem.retry')}</Button>
      {known !== undefined && !silent && <p className="quiet">{t('problem.code', { code: known.code })}</p>}
    </Notice>
  );
}
