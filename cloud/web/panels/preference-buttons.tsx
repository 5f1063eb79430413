import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.tsx';
import { useLanguageChoice } from '../language-choice.ts';

/** Language and light or dark, on every page, before signing in too. */
export function PreferenceButtons() {
  const { t } = useTranslation();
  const { choice, next } = useAppearance();
  const { language, choose } = useLanguageChoice();
  const other = language === 'en' ? 'zh-CN' : 'en';
  return (
    <>
      <Button type="text" aria-label={t('language.label')} onClick={() => void choose(other)}>
        <span lang={other}>{t('language.switch')}</span>
      </Button>
      <Button
        type="text"
        aria-label={t(`theme.${choice}`)}
        title={t(`theme.${choice}`)}
        onClick={next}
        icon={<ThemeMark choice={choice} />}
      />
    </>
  );
}

function ThemeMark({ choice }: { choice: 'system' | 'light' | 'dark' }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
    >
      {choice === 'dark' && <path d="M13 10A6 6 0 0 1 6 3a5.5 5.5 0 1 0 7 7Z" />}
      {choice === 'light' && (
        <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M3 13l1.4-1.4M11.6 4.4 13 3" />
      )}
      {choice === 'system' && <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 0v12M9.5 3.5v9M11 4.5v7M12.5 6v4" />}
    </svg>
  );
}
