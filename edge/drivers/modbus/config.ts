import { durationSchema } from '@gongfu/shared/config/duration';
import { z } from 'zod';
import { type ModbusAddress, parseAddress } from './address.ts';

/** How a value's bytes lie in its registers, as the letters of a 32-bit value; 64-bit values follow the same rule. */
export const byteOrders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;
export type ByteOrder = (typeof byteOrders)[number];

/** `AB` and `BA` are how people write the order of a single register. */
const byteOrderSchema = z.enum([...byteOrders, 'AB', 'BA']).transform((order): ByteOrder => {
  if (order === 'AB') return 'ABCD';
  return order === 'BA' ? 'BADC' : order;
});

const unitIdSchema = z.number().int().min(0).max(255);

export const modbusSourceSchema = z.strictObject({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535).default(502),
  unitId: unitIdSchema.default(1),
  timeout: durationSchema.prefault('1s'),
  /** Unused registers (or bits ÷ 16) read along to save a request. */
  maxGap: z.number().int().min(0).max(124).default(8),
  registersPerRequestMax: z.number().int().min(1).max(125).default(125),
  bitsPerRequestMax: z.number().int().min(1).max(2000).default(2000),
  byteOrder: byteOrderSchema.default('ABCD'),
});
export type ModbusSource = z.output<typeof modbusSourceSchema>;

/** YAML reads an unquoted 40001 as a number; it is the same address. */
const addressSchema = z.union([z.string(), z.number().int()]).transform((text, context): ModbusAddress => {
  const parsed = parseAddress(String(text));
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

export const modbusTagSchema = z.strictObject({
  address: addressSchema,
  byteOrder: byteOrderSchema.optional(),
  /** Bit of the register, 0 = least significant. */
  bit: z.number().int().min(0).max(15).optional(),
  /** Characters (bytes) of a string. */
  length: z.number().int().min(1).max(250).optional(),
  unitId: unitIdSchema.optional(),
});
export type ModbusTag = z.output<typeof modbusTagSchema>;
