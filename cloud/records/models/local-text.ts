import type { LocalText } from '@gongfu/shared/model/asset';
import { Schema } from 'mongoose';
import { optionalText, partOptions, requiredText } from './schema-options.ts';

const localTextSchema = new Schema<LocalText>({ zh: requiredText, en: requiredText }, partOptions);

export const requiredLocalText = { type: localTextSchema, required: true } as const;

const freeTextSchema = new Schema<LocalText>({ zh: optionalText, en: optionalText }, partOptions);

/** May be empty in both languages. */
export const optionalLocalText = { type: freeTextSchema, required: true } as const;
