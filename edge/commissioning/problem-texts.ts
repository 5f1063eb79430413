/** Problems of the commissioning assistant, for the catalogue of the program. */
export const commissioningProblems = {
  'assist-source-silent': {
    zh: '从该数据源读不到任何寄存器',
    en: 'No register of the source could be read',
  },
  'assist-option-invalid': {
    zh: '调试助手的选项有误或缺少',
    en: 'An option of the commissioning assistant is wrong or missing',
  },
  'panel-file-invalid': {
    zh: '面板读数文件有错误；每一处都注明了行号',
    en: 'The file of what the panel showed has faults; each is shown with its line',
  },
  'panel-reading-unseen': {
    zh: '面板读数的时刻没有读取过寄存器',
    en: 'The panel was read off when no registers were read',
  },
  'image-file-invalid': {
    zh: '寄存器记录文件无法使用',
    en: 'The file of recorded registers cannot be used',
  },
  'assist-busy': {
    zh: '本网关上已有一次记录正在进行',
    en: 'A recording is under way on this gateway already',
  },
  'assist-absent': {
    zh: '没有正在进行或保留的记录',
    en: 'There is no recording, neither under way nor kept',
  },
  'assist-line-in-use': {
    zh: '网关自己正在读取该地址',
    en: 'The gateway itself reads this address',
  },
  'assist-source-taken': {
    zh: '该数据源名称已被使用',
    en: 'A source of this name is configured already',
  },
  'assist-nothing': {
    zh: '没有已定或选定的测点可写入',
    en: 'No tag is settled or chosen',
  },
  'assist-remote-configured': {
    zh: '本网关的数据源由云端配置，不能写入本地文件',
    en: 'The sources of this gateway come from the cloud, so its own file is not written',
  },
  'assist-judge-gone': {
    zh: '推断进程已退出',
    en: 'The process that judges what was read is gone',
  },
  'panel-entry-invalid': {
    zh: '输入的面板读数有误，未采用任何一项',
    en: 'What was typed from the panel has faults; nothing of it was taken',
  },
} as const;
