import { useTranslation } from 'react-i18next';
import { useAddress } from './address.ts';
import { changeLanguage } from './i18n/translation.ts';
import { type Language, rememberLanguage } from './preferences.ts';

/** The language shown, and the way to another one without loading the page anew. */
export function useLanguageChoice(): { language: Language; choose: (language: Language) => Promise<void> } {
  const { i18n } = useTranslation();
  const [address, changeAddress] = useAddress();
  return {
    language: i18n.language === 'en' ? 'en' : 'zh-CN',
    async choose(language) {
      await changeLanguage(language);
      rememberLanguage(language);
      if (!address.has('lang')) return;
      // The address wins over what is remembered, so it has to follow.
      changeAddress({ lang: language }, { replace: true });
    },
  };
}
