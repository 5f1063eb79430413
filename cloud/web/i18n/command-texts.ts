import i18next from 'i18next';
import { commandsTexts as en } from './en/commands.ts';
import { commandsTexts as zh } from './zh-cn/commands.ts';

/** Texts of writing come with it, in both languages: the first page, which most visits are, does without them. */
function add(): void {
  i18next.addResourceBundle('en', 'translation', en, true, true);
  i18next.addResourceBundle('zh-CN', 'translation', zh, true, true);
}

if (i18next.isInitialized) add();
else i18next.on('initialized', add);
