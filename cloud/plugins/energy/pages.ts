import type { PageField, PluginPage } from '@gongfu/shared/sdk/page';

const line: PageField = { field: 'line', label: { zh: '产线', en: 'Line' }, format: 'local-text' };
const label: PageField = { field: 'label', label: { zh: '时段', en: 'Window' }, format: 'window' };
const perGood: PageField = {
  field: 'perGoodKwh',
  label: { zh: '单件能耗', en: 'Per good piece' },
  format: 'number',
  decimals: 3,
  unit: 'kWh',
  hint: {
    zh: '电量 ÷ 良品数；电量已知的时间不足时不给出',
    en: 'Energy ÷ good pieces; none where too little of the energy is known',
  },
};
const typical: PageField = {
  field: 'typicalKwh',
  label: { zh: '典型值', en: 'Usual' },
  format: 'number',
  decimals: 3,
  unit: 'kWh',
  hint: { zh: '近期已结束班次的中位数', en: 'Median of the finished shifts of the last days' },
};
const deviation: PageField = { field: 'deviation', label: { zh: '偏差', en: 'Against usual' }, format: 'percent' };
const energy: PageField = { field: 'energyKwh', label: { zh: '电量', en: 'Energy' }, format: 'number', unit: 'kWh' };
const good: PageField = { field: 'good', label: { zh: '良品', en: 'Good pieces' }, format: 'number', decimals: 0 };
const coverage: PageField = {
  field: 'energyCoverage',
  label: { zh: '覆盖率', en: 'Known' },
  format: 'percent',
  hint: { zh: '电量已知的时间占比', en: 'Share of the time over which the energy is known' },
};
const unassigned: PageField = {
  field: 'unassignedKwh',
  label: { zh: '归属不明', en: 'Not assigned' },
  format: 'number',
  unit: 'kWh',
  hint: {
    zh: '断线期间跨班次消耗的电量，无法确定属于哪个班次',
    en: 'Used during an outage across the end of the window: nobody can say how much of it in here',
  },
};
const cost: PageField = {
  field: 'costPerGood',
  label: { zh: '单件电费', en: 'Cost per good piece' },
  format: 'number',
  decimals: 3,
  unitField: 'costUnit',
};
const state: PageField = {
  field: 'state',
  label: { zh: '状态', en: 'State' },
  format: 'choice',
  texts: {
    complete: { zh: '完整', en: 'Complete' },
    partly: { zh: '部分已知', en: 'Known in part' },
    'no-pieces': { zh: '无良品', en: 'No good piece' },
    unknown: { zh: '电量未知', en: 'Energy unknown', attention: true },
  },
};

const empty = {
  zh: '没有产线配有电表。请为产线添加角色为“energy”的信号，或在设置中选择电表测点。',
  en: 'No line has a meter. Give a line a signal with the role “energy”, or choose its meter in the settings.',
};

export const pages: PluginPage[] = [
  {
    id: 'lines',
    title: { zh: '各产线单件能耗', en: 'Energy per piece by line' },
    controls: [
      { kind: 'asset', parameter: 'line', label: { zh: '产线', en: 'Line' }, levels: ['line'] },
      {
        kind: 'choice',
        parameter: 'window',
        label: { zh: '时段', en: 'Window' },
        options: [
          { value: 'hour', label: { zh: '小时', en: 'Hours' } },
          { value: 'shift', label: { zh: '班次', en: 'Shifts' } },
          { value: 'day', label: { zh: '天', en: 'Days' } },
        ],
        initial: 'shift',
      },
      {
        kind: 'choice',
        parameter: 'days',
        label: { zh: '范围', en: 'Range' },
        options: [
          { value: '1', label: { zh: '1 天', en: '1 day' } },
          { value: '3', label: { zh: '3 天', en: '3 days' } },
          { value: '7', label: { zh: '7 天', en: '7 days' } },
          { value: '30', label: { zh: '30 天', en: '30 days' } },
        ],
        initial: '3',
      },
    ],
    blocks: [
      {
        kind: 'figures',
        title: { zh: '当前班次', en: 'Current shift' },
        source: '/current',
        rows: 'items',
        heading: line,
        figures: [perGood, typical, energy, good, coverage, cost],
        empty,
      },
      {
        kind: 'chart',
        newestFirst: true,
        title: { zh: '单件能耗走势', en: 'Energy per good piece over time' },
        source: '/by-window',
        rows: 'items',
        series: line,
        category: label,
        value: perGood,
        reference: typical,
        empty,
      },
      {
        kind: 'table',
        title: { zh: '明细', en: 'In detail' },
        source: '/by-window',
        rows: 'items',
        columns: [label, line, perGood, deviation, energy, good, cost, coverage, unassigned, state],
        empty,
      },
    ],
  },
  {
    id: 'meters',
    title: { zh: '电表', en: 'Meters' },
    intro: {
      zh: '读数只增不减；读数下降而又未归零时视为换表，换表期间的电量在登记后才可知。',
      en: 'Readings only rise. One that falls without rolling over was exchanged; what was used meanwhile is known once the exchange is noted.',
    },
    blocks: [
      {
        kind: 'table',
        source: '/meters',
        rows: 'items',
        columns: [
          line,
          { field: 'tag', label: { zh: '测点', en: 'Tag' }, format: 'text' },
          { field: 'reading', label: { zh: '读数', en: 'Reading' }, format: 'number', decimals: 2, unitField: 'unit' },
          { field: 'readAt', label: { zh: '读取时间', en: 'Read at' }, format: 'time' },
          { field: 'exchanges', label: { zh: '已登记换表', en: 'Exchanges noted' }, format: 'number', decimals: 0 },
          {
            field: 'state',
            label: { zh: '状态', en: 'State' },
            format: 'choice',
            texts: {
              reads: { zh: '正常', en: 'Reads' },
              silent: { zh: '无读数', en: 'Silent', attention: true },
              unknown: { zh: '没有这个测点', en: 'No such tag', attention: true },
              'no-unit': { zh: '单位不是能量', en: 'Unit is none of energy', attention: true },
            },
          },
        ],
        empty,
      },
      {
        kind: 'form',
        title: { zh: '登记换表', en: 'Note an exchange' },
        text: {
          zh: '登记后，各时段的电量按旧表末次读数和新表首次读数重新计算。',
          en: 'The energy of every window is then computed anew with the last reading of the old meter and the first of the new one.',
        },
        target: '/exchanges',
        submit: { zh: '登记', en: 'Note' },
      },
    ],
  },
];
