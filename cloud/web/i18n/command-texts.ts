import { addTexts } from './added-texts.ts';
import { commandsTexts as en } from './en/commands.ts';
import { commandsTexts as zh } from './zh-cn/commands.ts';

/** Texts of writing come with it. */
addTexts(en, zh);
