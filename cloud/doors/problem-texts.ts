import type { LocalText } from '@gongfu/shared/model/asset';

/** What the refusals of foreign rows mean; a part of the catalogue of problems. */
export const doorProblems = {
  'door-busy': {
    zh: '等待写入磁盘的外部数据过多，请稍后重发。',
    en: 'More foreign rows wait for the disk than the service may hold.',
  },
  'row-name-invalid': { zh: '数据行的来源或名称不可用。', en: 'The source or name of a row cannot be used.' },
  'row-time-invalid': { zh: '数据行的时间超出允许范围。', en: 'The time of a row is out of range.' },
  'row-value-invalid': { zh: '数据行的值与其类型不符。', en: 'The value of a row is not of its own type.' },
  'row-type-differs': {
    zh: '数据行的值与该标签首次确定的类型不符。',
    en: 'The value of a row does not fit the type its tag has had since its first value.',
  },
  'row-tags-too-many': {
    zh: '该凭据或租户的标签数量已达上限。',
    en: 'The credential or tenant has as many tags as are allowed.',
  },
} as const satisfies Record<string, LocalText>;
