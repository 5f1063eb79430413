/** Every problem code of this program with one sentence a person understands. The codes are promises. */
export const problemCatalogue = {
  'live-sign-in-required': {
    zh: '实时连接没有有效的会话。',
    en: 'The live connection was opened without a valid session.',
  },
  'live-permission-missing': { zh: '该用户无权使用此实时事件。', en: 'The user may not use this live event.' },
  'live-request-invalid': { zh: '无法理解实时请求的内容。', en: 'The content of a live request is not understood.' },
  'live-tag-unknown': { zh: '订阅了不存在的测点。', en: 'A live request names a tag that does not exist.' },
  'live-asset-unknown': { zh: '订阅了不存在的资产。', en: 'A live request names an asset that does not exist.' },
  'live-subscription-too-large': { zh: '一个连接订阅的内容过多。', en: 'One live connection would follow too much.' },
  'live-too-many-requests': {
    zh: '同时未完成的实时请求过多。',
    en: 'Too many live requests of one connection are open.',
  },
  'live-failed': { zh: '实时请求因内部错误未能完成。', en: 'A live request failed inside the service.' },
  'records-in-use': {
    zh: '主数据文件夹已被另一个进程打开。',
    en: 'The records folder is already open in another process.',
  },
  'records-write-failed': {
    zh: '主数据无法写入磁盘，服务必须重启。',
    en: 'The records could not be written to the disk; the service must be started again.',
  },
  'records-closed': { zh: '主数据存储未打开。', en: 'The records store is not open.' },
  'records-nowhere': { zh: '没有配置主数据的存放位置。', en: 'No place is configured for the records.' },
  'records-unreachable': { zh: '无法连接 MongoDB 服务器。', en: 'The MongoDB server does not answer.' },
  'password-unfit': { zh: '密码太短或太长。', en: 'A password is too short or too long.' },
  'sign-in-refused': { zh: '用户名或密码错误。', en: 'The name or the password is wrong.' },
  'sign-in-too-often': { zh: '登录失败次数过多，请稍后再试。', en: 'Too many failed sign-ins; try again later.' },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
