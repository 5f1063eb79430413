import i18next from 'i18next';
import { alarmsTexts as en } from './en/alarms.ts';
import { alarmsTexts as zh } from './zh-cn/alarms.ts';

/** Texts of alarms come with their page, in both languages: the first page, which most visits are, does without them. */
function add(): void {
  i18next.addResourceBundle('en', 'translation', en, true, true);
  i18next.addResourceBundle('zh-CN', 'translation', zh, true, true);
}

if (i18next.isInitialized) add();
else i18next.on('initialized', add);
