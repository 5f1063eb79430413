import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { type Language, languages } from '../preferences.ts';
import type { alarmsTexts } from './en/alarms.ts';
import type { commandsTexts } from './en/commands.ts';
import type { configurationsTexts } from './en/configurations.ts';
import { type Texts, texts } from './texts.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Texts & typeof commandsTexts & typeof configurationsTexts & typeof alarmsTexts };
  }
}

/** Of a language there may be texts of a part of the page before there are those of the rest. */
const here = new Set<Language>();

/** `told`: the texts of that language. */
export async function startTranslation(language: Language, told: Texts): Promise<void> {
  i18next.on('languageChanged', (changed) => {
    document.documentElement.lang = changed;
  });
  here.add(language);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: told } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
  // The other language follows when there is nothing else to do, so that a switch needs no network.
  for (const other of languages.filter((one) => one !== language)) {
    const follow = (): void => void load(other).catch(() => undefined);
    if ('requestIdleCallback' in window) requestIdleCallback(follow, { timeout: 10_000 });
    else setTimeout(follow, 3_000);
  }
}

/** Shows that language from now on. @throws Error when its texts are not here and cannot be fetched */
export async function changeLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
}

async function load(language: Language): Promise<void> {
  if (here.has(language)) return;
  i18next.addResourceBundle(language, 'translation', await texts[language](), true, true);
  here.add(language);
}
