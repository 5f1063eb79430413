import type { LocalText } from '@gongfu/shared/model/asset';
import { Schema } from 'mongoose';
import { partOptions, requiredText } from './schema-options.ts';

const localTextSchema = new Schema<LocalText>({ zh: requiredText, en: requiredText }, partOptions);

export const requiredLocalText = { type: localTextSchema, required: true } as const;
