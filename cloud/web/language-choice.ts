import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type Language, rememberLanguage } from './preferences.ts';

/** The language shown, and the way to another one without loading the page anew. */
export function useLanguageChoice(): { language: Language; choose: (language: Language) => Promise<void> } {
  const { i18n } = useTranslation();
  const [address, setAddress] = useSearchParams();
  return {
    language: i18n.language === 'en' ? 'en' : 'zh-CN',
    async choose(language) {
      rememberLanguage(language);
      await i18n.changeLanguage(language);
      if (!address.has('lang')) return;
      // The address wins over what is remembered, so it has to follow.
      const changed = new URLSearchParams(address);
      changed.set('lang', language);
      setAddress(changed, { replace: true });
    },
  };
}
