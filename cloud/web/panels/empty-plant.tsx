import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Notice } from './notice.tsx';

/** The first thing a new installation shows: what to do, in the order of doing. */
export function EmptyPlant() {
  const { t } = useTranslation();
  return (
    <Notice title={t('empty.title')}>
      <p>{t('empty.intro')}</p>
      <ol>
        <li>
          {t('empty.gateway')} <Link to="/gateways?add=">{t('enrolment.add')}</Link>
        </li>
        <li>
          {t('empty.agent')}
          <pre>gongfu-edge run -c edge.yaml</pre>
        </li>
        <li>
          {t('empty.plant')} <Link to="/administration/calendar">{t('administration.sections.calendar')}</Link>
        </li>
      </ol>
    </Notice>
  );
}
