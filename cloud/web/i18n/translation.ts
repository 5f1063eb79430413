import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../preferences.ts';
import { en } from './en.ts';
import { zhCn } from './zh-cn.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

/** Both languages are part of the page: a switch needs no network. */
export async function startTranslation(language: Language): Promise<void> {
  i18next.on('languageChanged', (changed) => {
    document.documentElement.lang = changed;
  });
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { 'zh-CN': { translation: zhCn }, en: { translation: en } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
}
