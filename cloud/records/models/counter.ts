import { Schema } from 'mongoose';
import type { CounterRecord } from '../records.ts';
import { recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const counterSchema = new Schema<CounterRecord>({ _id: requiredText, next: requiredNumber }, recordOptions);
