import { englishTexts } from './texts-en.ts';
import { chineseTexts } from './texts-zh.ts';

export type Language = 'zh' | 'en';

export type Texts = typeof chineseTexts;

export const textsOf: Readonly<Record<Language, Texts>> = { zh: chineseTexts, en: englishTexts };

/** What a browser asks for where nothing was chosen: Chinese comes first, and whoever reads neither gets English. */
export function languageOf(accepted: string | undefined): Language {
  const asked = (accepted ?? '')
    .toLowerCase()
    .split(',')
    .map((tag) => tag.trim().slice(0, 2));
  const read = asked.find((tag) => tag === 'zh' || tag === 'en');
  if (read === 'zh' || read === 'en') return read;
  return asked.every((tag) => tag === '' || tag.startsWith('*')) ? 'zh' : 'en';
}
