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
  'asset-unknown': { zh: '没有这个资产。', en: 'No such asset exists.' },
  'kpi-not-defined': {
    zh: '该资产没有可用于计算 KPI 的状态信号和状态映射。',
    en: 'The asset has no state signal and state mapping from which KPIs could be computed.',
  },
  'kpi-range-invalid': { zh: 'KPI 的时间范围无效。', en: 'The time range of a KPI question is empty or malformed.' },
  'kpi-range-too-long': { zh: 'KPI 的时间范围过长。', en: 'A KPI question covers too many windows at once.' },
  'calendar-invalid': {
    zh: '班次日历的时区或时间有误。',
    en: 'A shift calendar has an unknown time zone or a malformed time.',
  },
  'history-version': {
    zh: '历史数据文件由更新的版本写入。',
    en: 'The history file was written by another version of this program.',
  },
  'history-unreadable': { zh: '历史数据文件无法打开。', en: 'The history file cannot be opened.' },
  'history-locked': { zh: '历史数据文件正被另一个进程使用。', en: 'The history file is in use by another process.' },
  'history-unavailable': { zh: '历史存储暂时不可用，正在自动恢复。', en: 'The history store is being started again.' },
  'history-busy': { zh: '历史查询过多，请稍后再试。', en: 'The history store answers as many queries as it can.' },
  'history-query-too-long': { zh: '历史查询超时，已被终止。', en: 'A history query took too long and was stopped.' },
  'history-too-much': { zh: '查询的数据量过大。', en: 'A history query would return too many samples.' },
  'history-failed': { zh: '历史存储内部出错。', en: 'The history store failed inside.' },
  'cursor-invalid': { zh: '分页游标无效。', en: 'The cursor of a page is not one this service has given.' },
  'ingest-busy': { zh: '等待写入的遥测数据过多。', en: 'More telemetry waits for the disk than the service may hold.' },
  'ingest-stopping': { zh: '服务正在停止，不再接收数据。', en: 'The service is stopping and takes no more telemetry.' },
  'ingest-failed': { zh: '接收遥测数据时内部出错。', en: 'Taking in telemetry failed inside the service.' },
  'batch-undecodable': {
    zh: '遥测批次无法解码，已隔离。',
    en: 'A telemetry batch cannot be read; its bytes are in quarantine.',
  },
  'batch-misnamed': {
    zh: '遥测批次的编号与内容不符，已隔离。',
    en: 'A telemetry batch was announced under another number than its content says.',
  },
  'rows-left-out': {
    zh: '批次中部分数据无效，已隔离，其余已保存。',
    en: 'Some rows of a batch could not be true; the batch is in quarantine, its other rows are stored.',
  },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
