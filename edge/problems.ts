import { localWriteProblems } from './commands/problem-texts.ts';
import { commissioningProblems } from './commissioning/problem-texts.ts';

/** Every problem code of this program with one sentence a person understands. The codes are promises. */
export const problemCatalogue = {
  'tag-unusable': {
    zh: '配置的测点无法按该驱动的方式读取',
    en: 'A tag cannot be read by its driver as configured',
  },
  'opcua-endpoint': {
    zh: 'OPC UA 服务器地址的写法无法识别',
    en: 'A text is not the endpoint of an OPC UA server',
  },
  'opcua-node-address': {
    zh: 'OPC UA 节点地址的写法无法识别',
    en: 'A text is not an OPC UA node id',
  },
  'opcua-unreachable': {
    zh: '无法连接 OPC UA 服务器',
    en: 'The OPC UA server cannot be reached or used',
  },
  'opcua-server-untrusted': {
    zh: '本网关尚未信任该 OPC UA 服务器的证书',
    en: 'The certificate of the OPC UA server is not trusted by this gateway',
  },
  'opcua-server-certificate-expired': {
    zh: 'OPC UA 服务器的证书已过期或尚未生效',
    en: 'The certificate of the OPC UA server has expired or is not valid yet',
  },
  'opcua-certificate-unknown': {
    zh: '没有找到该指纹对应的证书',
    en: 'No certificate has this thumbprint',
  },
  'opcua-user-certificate': {
    zh: '用于登录 OPC UA 服务器的用户证书或私钥无法使用',
    en: 'The certificate or key that signs in to the OPC UA server cannot be used',
  },
  'opcua-gateway-untrusted': {
    zh: 'OPC UA 服务器拒绝了本网关的证书或安全检查',
    en: 'The OPC UA server refuses the certificate of this gateway or a security check',
  },
  'opcua-sign-in-refused': {
    zh: 'OPC UA 服务器拒绝了用户名或密码',
    en: 'The OPC UA server refuses user or password',
  },
  'opcua-server-full': {
    zh: 'OPC UA 服务器的会话已用完',
    en: 'The OPC UA server has no session left',
  },
  'opcua-no-subscriptions': {
    zh: 'OPC UA 服务器不支持订阅',
    en: 'The OPC UA server cannot subscribe',
  },
  'opcua-security-refused': {
    zh: 'OPC UA 服务器不提供所选的安全策略',
    en: 'The OPC UA server offers no endpoint with the chosen security',
  },
  'config-invalid': {
    zh: '配置文件有错误；每一处都注明了行号',
    en: 'The configuration file has faults; each is shown with its line',
  },
  'config-unreadable': {
    zh: '无法读取配置文件',
    en: 'The configuration file cannot be read',
  },
  'tag-file-unreadable': {
    zh: '测点文件无法读取',
    en: 'The file of tags cannot be read',
  },
  'tag-file-invalid': {
    zh: '测点文件有错误；每一处都注明了行和列，未作任何更改',
    en: 'The file of tags has faults; each is shown with its line and column, and nothing was changed',
  },
  'source-unknown': {
    zh: '配置中没有该数据源，或未指明是哪一个',
    en: 'The configuration has no such source, or several and none is named',
  },
  'configuration-unproved': {
    zh: '云端下发的配置未能让原有数据源全部恢复连接；已自动回退到上一份好的配置',
    en: 'A configuration from the cloud did not bring back every source; the last good one runs again',
  },
  'configuration-superseded': {
    zh: '网关本地文件中的数据源后来被修改，云端配置让位于本地文件',
    en: "The sources in the gateway's own file were changed later, so the configuration from the cloud stands back",
  },
  'configuration-busy': {
    zh: '上一份云端配置仍在试运行',
    en: 'An earlier configuration from the cloud is still under trial',
  },
  'configuration-unkept': {
    zh: '网关无法保存云端配置',
    en: 'The gateway cannot keep the configuration from the cloud',
  },
  'restart-needed': {
    zh: '新配置改动了只有重启才能改的设置；原配置继续运行',
    en: 'The new configuration changes what only a restart can change; the old one goes on',
  },
  'reload-failed': {
    zh: '重新加载配置失败；原配置继续运行',
    en: 'Reloading the configuration failed; the old one goes on',
  },
  'reload-unanswered': {
    zh: '网关程序没有答复重新加载的结果',
    en: 'The agent has not told what became of the reload',
  },
  'agent-absent': {
    zh: '该缓冲目录上没有正在运行的网关程序',
    en: 'No agent runs on this buffer folder',
  },
  ...commissioningProblems,
  ...localWriteProblems,
  'config-unwritable': {
    zh: '配置文件无法写入；请自行加入所示的数据源',
    en: 'The configuration file cannot be written; put in the source yourself',
  },
  'uplink-missing': {
    zh: '配置中没有云端地址，无法运行',
    en: 'The configuration names no cloud, which is needed to run',
  },
  'buffer-folder-unwritable': {
    zh: '当前用户无法写入缓冲目录',
    en: 'The buffer folder cannot be written by this user',
  },
  'buffer-in-use': {
    zh: '缓冲目录正被另一个网关程序使用',
    en: 'Another agent is using the buffer folder',
  },
  'buffer-newer': {
    zh: '缓冲由更新版本的程序写成，本程序无法读取',
    en: 'The buffer was written by a newer version of this program',
  },
  'buffer-disk-full': {
    zh: '磁盘空间不足，样本暂存于内存并会重试写入',
    en: 'The disk is nearly full; samples wait in memory and are written again',
  },
  'buffer-write-failed': {
    zh: '写入缓冲失败，会重试',
    en: 'Writing to the buffer failed; it is tried again',
  },
  'buffer-set-aside': {
    zh: '缓冲无法读取，已改名保留，并启用新的缓冲；缺口记录注明了损失',
    en: 'The buffer could not be read; it was renamed and kept, a new one began, a gap record names the loss',
  },
  'buffer-record-damaged': {
    zh: '缓冲中有一批数据损坏；缺口记录注明了损失',
    en: 'A batch in the buffer is damaged; a gap record names the loss',
  },
  'command-journal-unreadable': {
    zh: '无法读写写入请求的日志，网关因此不启动',
    en: 'The journal of commands cannot be read or written, so the agent does not start',
  },
  'command-journal-failed': {
    zh: '写入请求的日志无法写盘；在此期间不接受新写入请求',
    en: 'The journal of commands cannot be written; until it can, no command is taken',
  },
  'command-malformed': {
    zh: '云端发来的写入请求格式有误，未接收',
    en: 'A command is not of the form agreed on, and was not received',
  },
  'id-reused': {
    zh: '写入请求的编号已用于另一测点或另一数值，未接收',
    en: 'The id of a command was used for another tag or value, and it was not received',
  },
  'journal-failed': {
    zh: '网关磁盘拒绝写入，写入请求未接收，也未写入',
    en: 'The disk of the gateway refuses, so a command was not received and nothing was written',
  },
  'journal-full': {
    zh: '太多写入请求的结果尚未告知云端，不再接收新写入请求',
    en: 'Too many results wait to be told, so no new command is received',
  },
  stopping: {
    zh: '网关正在停止，写入请求未接收',
    en: 'The gateway is being stopped, and a command was not received',
  },
  disabled: {
    zh: '本网关未启用写入',
    en: 'Writing is switched off on this gateway',
  },
  'not-writable': {
    zh: '该测点不在允许写入的清单中',
    en: 'The tag is not among those that may be written',
  },
  expired: {
    zh: '写入请求已过期，未写入',
    en: 'A command expired before it was sent, and was not written',
  },
  'out-of-range': {
    zh: '数值超出允许写入的范围，未写入',
    en: 'The value is outside of the bounds of the tag, and was not written',
  },
  'value-unfit': {
    zh: '数据源无法准确保存该数值，未写入',
    en: 'The source cannot hold the value exactly, and it was not written',
  },
  interlock: {
    zh: '联锁条件不满足，未写入',
    en: 'The interlock does not allow it, and nothing was written',
  },
  'interlock-unknown': {
    zh: '无法确认联锁条件，未写入',
    en: 'The interlock could not be read or is not good, and nothing was written',
  },
  'source-down': {
    zh: '数据源未连接，未写入',
    en: 'The source is not connected, and nothing was written',
  },
  interrupted: {
    zh: '网关在发送前停止，未写入',
    en: 'The gateway stopped before it sent a command, and nothing was written',
  },
  'too-many': {
    zh: '等待执行的写入请求过多，未写入',
    en: 'Too many commands are under way, and this one was not written',
  },
  'source-refused': {
    zh: '数据源拒绝了写入',
    en: 'The source refused the write',
  },
  'read-back-differs': {
    zh: '写入后读回的数值不同',
    en: 'The value read back after the write is another one',
  },
  'no-answer': {
    zh: '写入后数据源没有应答，结果未知，不会重复写入',
    en: 'The source did not answer a write; what it did is unknown, and it is not repeated',
  },
  'crashed-under-way': {
    zh: '写入途中网关停止，结果未知，已读回，不会重复写入',
    en: 'The gateway stopped during a write; what it did is unknown, it was read back and is not repeated',
  },
  'read-back-failed': {
    zh: '数据源确认了写入，但无法读回',
    en: 'The source confirmed a write, but could not be read afterwards',
  },
  'done-unverified': {
    zh: '数据源已调用方法，但无法读到其效果',
    en: 'The source has called the method; that it did what was wanted could not be read',
  },
  'identity-unreadable': {
    zh: '无法读写本网关的密钥文件',
    en: "The gateway's key file cannot be read or written",
  },
  'code-missing': {
    zh: '网关尚未注册，且没有一次性注册码',
    en: 'The gateway is not enrolled and has no one-time code',
  },
  'cloud-unreachable': {
    zh: '无法连接云端；样本继续保存并会重试',
    en: 'The cloud cannot be reached; samples are kept and it is tried again',
  },
  'enrolment-refused': {
    zh: '云端拒绝了一次性注册码',
    en: 'The cloud refuses the one-time code',
  },
  'cloud-certificate-untrusted': {
    zh: '云端证书不受信任；样本继续保存并会重试',
    en: 'The certificate of the cloud is not trusted; samples are kept and it is tried again',
  },
  'cloud-key-unknown': {
    zh: '云端出示的密钥与本网关已知的不同，可能有人在中间冒充；样本继续保存',
    en: 'The cloud shows a key this gateway does not know: somebody may stand in between; samples are kept',
  },
  'uplink-ca-unreadable': {
    zh: '无法读取 uplink.ca 指定的证书颁发机构文件',
    en: 'The file of the authority named by uplink.ca cannot be read',
  },
  'decommission-unconfirmed': {
    zh: '停用会永久清除本网关的密钥和数据，需要确认；尚未作任何更改',
    en: 'Decommissioning erases key and data of this gateway for ever and must be confirmed; nothing was changed',
  },
  'decommission-samples-left': {
    zh: '仍有云端未收到的样本，未作任何更改',
    en: 'There are samples the cloud does not have; nothing was changed',
  },
  'decommission-foreign-files': {
    zh: '目录中有不属于本程序的文件，不会清除',
    en: 'The folder holds files that are not of this program; they are never erased',
  },
  'decommission-no-place': {
    zh: '无法在该目录写入停用证书，未作任何更改',
    en: 'The certificate of decommission cannot be written there; nothing was changed',
  },
  'decommission-incomplete': {
    zh: '有文件未能清除；再次执行同一命令会继续',
    en: 'Something could not be erased; the same command goes on where it was',
  },
  'decommission-unfinished': {
    zh: '本网关正在停用，尚未完成，因此不能运行',
    en: 'The gateway is being decommissioned and that has not ended, so it does not run',
  },
  'local-password-missing': {
    zh: '本机页面对网络开放，但尚未设置本机密码',
    en: 'The local page would be open to the network, and no local password is set',
  },
  'local-password-unfit': {
    zh: '本机密码过短、过于简单或两次输入不同',
    en: 'The local password is too short, too simple, or was typed differently the second time',
  },
  'local-password-unreadable': {
    zh: '无法读写本机密码文件',
    en: 'The file of the local password cannot be read or written',
  },
  'port-taken': {
    zh: '状态页的端口已被占用',
    en: 'The port of the status page is in use',
  },
  'port-unusable': {
    zh: '状态页无法在该地址监听',
    en: 'The status page cannot listen on that address',
  },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
