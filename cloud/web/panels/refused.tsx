import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api-client.ts';
import { type ProblemWords, problemWords } from '../problem-words.ts';

/** What the platform says to a request that did not succeed. */
export function Refused({ problem }: { problem: unknown }) {
  const { t, i18n } = useTranslation();
  const known = problem instanceof ApiProblem ? problem : undefined;
  const silent = known?.status === 0;
  const words = known === undefined || silent ? undefined : problemWords(known, i18n.language);
  return (
    <Alert
      type="error"
      role="alert"
      title={silent ? t('problem.unreachable') : (words?.title ?? t('problem.unexpected'))}
      description={
        silent ? t('problem.unreachableAdvice') : words && <Explanation words={words} places={known!.places} />
      }
    />
  );
}

/** The advice; places are worth a list only when there is more than one. */
function Explanation({ words, places }: { words: ProblemWords; places: ApiProblem['places'] }) {
  return (
    <>
      {words.advice}
      {words.exact !== '' && <span lang="en">{words.exact}</span>}
      {places.length > 1 && (
        <ul>
          {places.map(({ where, what }) => (
            <li key={where}>
              <code>{where}</code> {what}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
