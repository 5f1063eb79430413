import { Alert } from 'antd';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';

/** What the platform says to a request that did not succeed. */
export function Refused({ problem }: { problem: unknown }) {
  const { t } = useFormats();
  const known = problem instanceof ApiProblem ? problem : undefined;
  const silent = known?.status === 0;
  return (
    <Alert
      type="error"
      role="alert"
      title={silent ? t('problem.unreachable') : (known?.message ?? t('problem.unexpected'))}
      description={silent ? t('problem.unreachableAdvice') : known && <Explanation problem={known} />}
    />
  );
}

/** The advice; places are worth a list only when there is more than one. */
function Explanation({ problem }: { problem: ApiProblem }) {
  return (
    <>
      {problem.advice}
      {problem.places.length > 1 && (
        <ul>
          {problem.places.map(({ where, what }) => (
            <li key={where}>
              <code>{where}</code> {what}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
