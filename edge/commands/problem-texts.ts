/** Problems of writes that are asked for on the gateway itself, for the catalogue of the program. */
export const localWriteProblems = {
  'second-approver': {
    zh: '云端要求第二人批准，因此不能从网关本机写入；请在云端提出',
    en: 'The cloud wants a second person to approve it, so nothing is written from the gateway itself; ask for it in the cloud',
  },
  'second-approver-unknown': {
    zh: '云端尚未告知是否需要第二人批准，因此暂不能从网关本机写入；请连接云端，或升级云端',
    en: 'The cloud has not said whether a second person must approve, so nothing is written from the gateway itself yet; connect it, or update the cloud',
  },
  'local-writing-off': {
    zh: '本网关未启用本机写入（commands.local）',
    en: 'Writing from the gateway itself is switched off (commands.local)',
  },
  'local-password-unset': {
    zh: '尚未设置本机密码，因此不能从本机页面写入',
    en: 'No local password is set, so nothing is written from the local page',
  },
  'local-password-wrong': {
    zh: '本机密码缺失、不正确，或尝试次数过多',
    en: 'The local password is missing or wrong, or there were too many attempts',
  },
  'write-tag-unknown': {
    zh: '没有这个测点，或有多个同名测点',
    en: 'There is no such tag, or several have that name',
  },
  'write-malformed': {
    zh: '写入请求的内容有误；每一处都已注明',
    en: 'A request to write a tag has faults; each is named',
  },
  'write-expiry-far': {
    zh: '有效期超过一小时',
    en: 'It would expire more than an hour from now',
  },
  'write-unconfirmed': {
    zh: '写入需要确认；尚未写入',
    en: 'A write must be confirmed; nothing was written',
  },
  'write-address-unknown': {
    zh: '不知道本机页面的地址',
    en: 'The address of the local page is not known',
  },
  'agent-unreachable': {
    zh: '本机页面没有应答，或应答不符',
    en: 'The local page of the agent does not answer as it should',
  },
  'request-malformed': {
    zh: '请求无法读取',
    en: 'A request cannot be read',
  },
  'request-foreign': {
    zh: '请求来自其他网站，未作处理',
    en: 'A request came from a page of another site; nothing was done',
  },
  'request-failed': {
    zh: '网关程序处理请求失败；日志中有原因',
    en: 'The agent failed at a request; its log has the cause',
  },
} as const;
