import i18next from 'i18next';

/** Texts that come with a part of the page, in both languages: the first page, which most visits are, does without them. */
export function addTexts(en: object, zh: object): void {
  const add = (): void => {
    i18next.addResourceBundle('en', 'translation', en, true, true);
    i18next.addResourceBundle('zh-CN', 'translation', zh, true, true);
  };
  if (i18next.isInitialized) add();
  else i18next.on('initialized', add);
}
