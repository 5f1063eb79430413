import type { LocalText } from '@gongfu/shared/model/asset';

/** What the refusals of configurations mean; a part of the catalogue of problems. */
export const configurationProblems = {
  'configuration-invalid': {
    zh: '网关配置有错误；每一处都注明了行号，未保存。',
    en: 'A configuration for a gateway has faults, each with its line; it was not kept.',
  },
  'configuration-not-taken': {
    zh: '该网关未允许远程配置。',
    en: 'The gateway does not take its configuration from the cloud.',
  },
} as const satisfies Record<string, LocalText>;
