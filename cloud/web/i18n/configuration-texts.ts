import { addTexts } from './added-texts.ts';
import { configurationsTexts as en } from './en/configurations.ts';
import { configurationsTexts as zh } from './zh-cn/configurations.ts';

/** Texts of configuration versions come with their page. */
addTexts(en, zh);
