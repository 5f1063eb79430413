/** Every problem code of this program with one sentence a person understands. The codes are promises. */
export const problemCatalogue = {
  'tag-unusable': {
    zh: '配置的变量无法按该驱动的方式读取',
    en: 'A tag cannot be read by its driver as configured',
  },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
