import type { Language } from '../preferences.ts';
import type { en } from './en.ts';

export type Texts = typeof en;

/** One file a language: nobody waits for the texts of a language that is not read. */
export const texts: Record<Language, () => Promise<Texts>> = {
  en: async () => (await import('./en.ts')).en,
  'zh-CN': async () => (await import('./zh-cn.ts')).zhCn,
};
