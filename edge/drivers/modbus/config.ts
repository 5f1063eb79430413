import { durationBetween, durationSchema } from '@gongfu/shared/config/duration';
import { z } from 'zod';
import { parseAddress, type WrittenAddress } from './address.ts';
import { type IllegalRange, parseIllegalRange } from './illegal-ranges.ts';
import { textEncodings } from './text-encoding.ts';
import { noWay, refuseTransport, transportShape, waysOf } from './transport-config.ts';
import { type ByteOrder, byteOrders } from './value-layout.ts';

/** `AB` and `BA` are how people write the order of a single register. */
const byteOrderSchema = z.enum([...byteOrders, 'AB', 'BA']).transform((order): ByteOrder => {
  if (order === 'AB') return 'ABCD';
  return order === 'BA' ? 'BADC' : order;
});

const unitIdSchema = z.number().int().min(0).max(255);

const illegalSchema = z.string().transform((text, context): IllegalRange => {
  const parsed = parseIllegalRange(text);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

const sourceShape = z.strictObject({
  ...transportShape,
  unitId: unitIdSchema.default(1),
  timeout: durationSchema.prefault('1s'),
  /** Unused registers (or bits ÷ 16) read along to save a request. */
  maxGap: z.number().int().min(0).max(124).default(8),
  registersPerRequestMax: z.number().int().min(1).max(125).default(125),
  bitsPerRequestMax: z.number().int().min(1).max(2000).default(2000),
  byteOrder: byteOrderSchema.default('ABCD'),
  /** Addresses that are never read, not in a gap either. */
  illegal: z.array(illegalSchema).default([]),
  /** What the source thinks before it answers; for the estimate of the time on the line. */
  turnaround: durationBetween(0, 10_000).optional(),
  /** Writes one coil or register by functions 15 and 16 too, for sources that do not know 5 and 6. */
  multipleWrites: z.boolean().optional(),
});
export const modbusSourceSchema = sourceShape
  // To be told also beside faults of other keys.
  .refine((source) => waysOf(source) > 0, { path: ['host'], message: noWay, when: () => true })
  .superRefine((source, context) => {
    refuseTransport(source, (key, message) => {
      context.addIssue({ code: 'custom', path: key.split('.'), message });
    });
  });
export type ModbusSource = z.output<typeof modbusSourceSchema>;

/** YAML reads an unquoted 40001 as a number; it is the same address. With a bit it is not: 400001.10 becomes 400001.1. */
const addressSchema = z.union([z.string(), z.number()]).transform((text, context): WrittenAddress => {
  const parsed = Number.isInteger(text) || typeof text === 'string' ? parseAddress(String(text)) : unquoted(text);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

function unquoted(number: number): string {
  return `${number} is read as a number, in which bit 10 and bit 1 are the same: put the address in quotes, as "400001.10"`;
}

export const modbusTagSchema = z
  .strictObject({
    address: addressSchema,
    byteOrder: byteOrderSchema.optional(),
    /** Bit of the register, 0 = least significant. */
    bit: z.number().int().min(0).max(15).optional(),
    /** Which half of its register an 8-bit value is; the low one unless told. */
    byte: z.enum(['high', 'low']).optional(),
    /** Bytes of a string. */
    length: z.number().int().min(1).max(250).optional(),
    /** Of a string; `utf-8` unless told. */
    encoding: z.enum(textEncodings).optional(),
    unitId: unitIdSchema.optional(),
    /** Values of an array; each becomes a tag of its own. */
    count: z.number().int().min(1).max(2000).optional(),
  })
  .transform(({ address: { area, register, bit, unitId }, ...keys }, context) => {
    const refuseOther = (key: 'bit' | 'unitId', written: number | undefined) => {
      if (written === undefined || keys[key] === undefined || keys[key] === written) return;
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `${key} is ${keys[key]}, but the address itself says ${written}: leave one of them out`,
      });
    };
    refuseOther('bit', bit);
    refuseOther('unitId', unitId);
    return {
      ...keys,
      address: { area, register },
      ...(bit === undefined ? {} : { bit }),
      ...(unitId === undefined ? {} : { unitId }),
    };
  });
export type ModbusTag = z.output<typeof modbusTagSchema>;
