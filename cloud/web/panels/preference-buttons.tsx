import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAppearance } from '../appearance.tsx';
import { type Language, rememberLanguage } from '../preferences.ts';

/** Language and light or dark, on every page, before signing in too. */
export function PreferenceButtons() {
  const { t, i18n } = useTranslation();
  const { choice, next } = useAppearance();
  const [address, setAddress] = useSearchParams();
  const switchLanguage = async (): Promise<void> => {
    const language: Language = i18n.language === 'en' ? 'zh-CN' : 'en';
    rememberLanguage(language);
    await i18n.changeLanguage(language);
    if (!address.has('lang')) return;
    // The address wins over what is remembered, so it has to follow.
    const changed = new URLSearchParams(address);
    changed.set('lang', language);
    setAddress(changed, { replace: true });
  };
  return (
    <>
      <Button type="text" aria-label={t('language.label')} onClick={() => void switchLanguage()}>
        <span lang={i18n.language === 'en' ? 'zh-CN' : 'en'}>{t('language.switch')}</span>
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
