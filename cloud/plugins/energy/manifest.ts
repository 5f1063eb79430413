import { z } from 'zod';
import { meterUnits } from './units.ts';

const meter = z.strictObject({
  line: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,299}$/)
    .meta({ label: { zh: '产线', en: 'Line' }, widget: 'asset', levels: ['line', 'area', 'site'] }),
  tag: z
    .string()
    .regex(/^\d{1,10}$/)
    .meta({ label: { zh: '电表测点', en: 'Tag of the meter' }, widget: 'tag' }),
  unit: z
    .enum(['', ...meterUnits])
    .default('')
    .meta({
      label: { zh: '单位', en: 'Unit' },
      hint: { zh: '留空：按网关声明的单位', en: 'Empty: as the gateway has declared it' },
    }),
  rolloverAt: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .meta({
      label: { zh: '归零值', en: 'Rolls over at' },
      hint: { zh: '表计到此值后从 0 重新计数', en: 'Reading at which the meter shows 0 again, in its own unit' },
    }),
});

export const settings = z.strictObject({
  meters: z
    .array(meter)
    .max(500)
    .default([])
    .meta({
      label: { zh: '电表', en: 'Meters' },
      hint: {
        zh: '未在此列出的产线使用角色为“energy”的信号。',
        en: 'A line that is not listed uses its signals with the role “energy”.',
      },
    }),
  tariff: z
    .number()
    .min(0)
    .max(1000)
    .nullable()
    .default(null)
    .meta({
      label: { zh: '电价（每 kWh）', en: 'Price of a kWh' },
      hint: { zh: '留空则不显示费用', en: 'Without one no cost is shown' },
    }),
  currency: z
    .string()
    .min(1)
    .max(8)
    .default('CNY')
    .meta({ label: { zh: '币种', en: 'Currency' } }),
  minimumCoverage: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .meta({
      label: { zh: '最低覆盖率', en: 'Least coverage' },
      hint: {
        zh: '电量已知的时间少于此比例时，不给出单件能耗',
        en: 'Where the energy of less of the time is known, no energy per piece is given',
      },
    }),
  longestGapMinutes: z
    .number()
    .int()
    .min(1)
    .max(1440)
    .default(15)
    .meta({
      label: { zh: '最长读数间隔（分钟）', en: 'Longest pause between readings, minutes' },
      hint: {
        zh: '跨班次边界且超过此间隔的电量不分摊，单独列出',
        en: 'Energy metered over a longer pause across the end of a shift is not shared out but told by itself',
      },
    }),
  typicalDays: z
    .number()
    .int()
    .min(1)
    .max(60)
    .default(14)
    .meta({ label: { zh: '典型值回溯天数', en: 'Days the usual value is taken from' } }),
});

export type Settings = z.infer<typeof settings>;

/** Who this plugin is: whoever makes another one of it changes this file and nothing else. */
export const manifest = {
  id: 'energy',
  version: '1.0.0',
  host: '^1.0.0',
  name: { zh: '单件能耗', en: 'Energy per piece' },
  description: {
    zh: '按产线和班次计算每件良品的用电量，表计归零、换表和断线都如实标出。',
    en: 'Energy per good piece by line and shift; roll-over, exchanged meters and outages are told as they are.',
  },
  permissions: ['assets:read', 'kpis:read', 'samples:read'],
  settings,
} as const;
