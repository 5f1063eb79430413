import type { LocalText } from '@gongfu/shared/model/asset';

/** What the refusals of commands mean; a part of the catalogue of problems. */
export const commandProblems = {
  'command-tag-not-writable': { zh: '网关不允许写入该标签。', en: 'The gateway does not offer to write the tag.' },
  'command-value-unfit': { zh: '写入值与标签类型不符。', en: 'A value to be written is not of the type of its tag.' },
  'command-out-of-range': { zh: '写入值超出允许范围。', en: 'A value to be written is outside the allowed range.' },
  'command-gateway-revoked': { zh: '网关已被吊销，无法写入。', en: 'The gateway was revoked; nothing can be written.' },
  'command-key-reused': {
    zh: '该幂等键已用于另一个写入请求。',
    en: 'The idempotency key was used before, for another command.',
  },
  'command-key-unfit': { zh: '缺少幂等键或幂等键无效。', en: 'A command carries no usable idempotency key.' },
  'command-too-many': { zh: '未完成的写入请求过多。', en: 'Too many commands of the tenant are still open.' },
  'command-own-approval': {
    zh: '不能审批自己提出的写入请求。',
    en: 'Whoever asked for a command cannot approve it.',
  },
  'command-not-waiting': { zh: '该写入请求不在等待审批。', en: 'The command waits for no approval.' },
  'command-already-sent': {
    zh: '写入请求已下发或已结束，无法撤回。',
    en: 'The command was sent or has ended; it cannot be withdrawn.',
  },
} as const satisfies Record<string, LocalText>;
