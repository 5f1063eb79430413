import { problemCatalogue } from '../../problems.ts';
import type { Language } from './texts.ts';

/** Why something does not work, and what somebody at the machine does about it. */
export interface FaultWords {
  readonly why: string;
  readonly toDo: string;
}

type Finding = { readonly sign: RegExp } & Readonly<Record<Language, FaultWords>>;

/** What drivers, system and cloud say, in the words of whoever stands before the cabinet; the first that matches speaks. */
const findings: readonly Finding[] = [
  {
    sign: /ECONNREFUSED/,
    zh: { why: '对方主机在线，但该端口拒绝连接。', toDo: '核对端口号；确认对方的服务已启动，且未达到连接数上限。' },
    en: {
      why: 'The machine is there, but refuses connections on that port.',
      toDo: 'Compare the port; see that the service runs there and has a connection left.',
    },
  },
  {
    sign: /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/,
    zh: { why: '网络中找不到对方主机。', toDo: '检查网线、交换机与电源；核对 IP 地址、子网掩码和网关。' },
    en: {
      why: 'The network knows no way to that machine.',
      toDo: 'Check cable, switch and power; compare address, subnet and gateway.',
    },
  },
  {
    sign: /ENOTFOUND|EAI_AGAIN/,
    zh: { why: '主机名无法解析。', toDo: '改用 IP 地址，或检查本机的 DNS 设置。' },
    en: {
      why: 'The name of the machine cannot be resolved.',
      toDo: 'Use its address, or check the DNS of this gateway.',
    },
  },
  {
    sign: /did not accept a connection within|ETIMEDOUT/,
    zh: { why: '连接超时，对方没有回应。', toDo: '确认对方已上电并在同一网络；检查 IP 地址、防火墙和网线。' },
    en: {
      why: 'Nobody accepted the connection in time.',
      toDo: 'See that it is powered and on this network; check address, firewall and cable.',
    },
  },
  {
    sign: /ECONNRESET|EPIPE|was closed|the connection broke|closed by/,
    zh: { why: '对方断开了连接。', toDo: '确认没有其他主站占用连接；查看对方的连接数上限和空闲超时。' },
    en: {
      why: 'The other side closed the connection.',
      toDo: 'See whether another master takes the connection; look at its limit of connections and idle time-out.',
    },
  },
  {
    sign: /no answer within|unit \d+ does not answer|exception 1[01]/,
    zh: {
      why: '设备没有按时应答。',
      toDo: '核对单元号（从站地址）；串口还要核对波特率、校验位和 A/B 接线；必要时增大 timeout。',
    },
    en: {
      why: 'The device does not answer in time.',
      toDo: 'Compare the unit id; on a serial line also baud rate, parity and the wires A and B; raise timeout where needed.',
    },
  },
  {
    sign: /exception [23]\b/,
    zh: {
      why: '设备拒绝读取部分地址。',
      toDo: '核对地址与区域（是否差一位）；不存在的地址写入 illegal，或删去相应测点。',
    },
    en: {
      why: 'The device refuses to have some addresses read.',
      toDo: 'Compare address and area (off by one?); list what is not there under illegal, or remove the tags.',
    },
  },
  {
    sign: /exception \d+/,
    zh: { why: '设备以异常码拒绝了请求。', toDo: '按原文中的异常码查设备手册。' },
    en: { why: 'The device refuses requests with an exception.', toDo: 'Look the exception up in its manual.' },
  },
  {
    sign: /bytes instead of|CRC|LRC|frame|framing/i,
    zh: { why: '应答的格式不对。', toDo: '核对 framing 与串口参数；检查线路干扰、终端电阻和重复的从站地址。' },
    en: {
      why: 'Answers are not formed as they should be.',
      toDo: 'Compare framing and serial settings; look for interference, missing termination, a unit id used twice.',
    },
  },
  {
    sign: /never silent/,
    zh: { why: '串口线上一直有数据，没有空闲。', toDo: '确认线上只有一个主站，并核对波特率。' },
    en: {
      why: 'The serial line is never silent.',
      toDo: 'See that there is one master only, and compare the baud rate.',
    },
  },
  {
    sign: /in use by another source or program/,
    zh: { why: '串口被其他数据源或程序占用。', toDo: '停止占用该串口的程序，或把测点合并到同一个数据源。' },
    en: {
      why: 'The serial port is in use by another source or program.',
      toDo: 'Stop that program, or put the tags into one source.',
    },
  },
  {
    sign: /No such file or directory|ENOENT/,
    zh: { why: '没有这个串口或文件。', toDo: '核对路径；检查 USB 转换器是否插好。' },
    en: { why: 'There is no such port or file.', toDo: 'Compare the path; see whether the USB adapter is plugged in.' },
  },
  {
    sign: /EACCES|Permission denied/i,
    zh: { why: '程序没有权限打开该设备。', toDo: '把运行程序的用户加入 dialout 组，然后重启程序。' },
    en: {
      why: 'The program may not open the device.',
      toDo: 'Add its user to the group dialout, then start it again.',
    },
  },
  {
    sign: /no device has dialled in/,
    zh: { why: '设备尚未拨入。', toDo: '核对设备中的中心地址和端口；检查 SIM 卡、信号和防火墙。' },
    en: {
      why: 'The device has not dialled in.',
      toDo: 'Compare address and port set in the device; check SIM card, signal and firewall.',
    },
  },
  {
    sign: /not trusted by this gateway/,
    zh: {
      why: '本网关尚未信任该服务器的证书。',
      toDo: '与服务器上显示的证书核对指纹，然后运行 gongfu-edge trust（指纹见原文）。',
    },
    en: {
      why: 'This gateway does not trust the certificate of the server yet.',
      toDo: 'Compare the thumbprint with the one the server shows, then run gongfu-edge trust (see below).',
    },
  },
  {
    sign: /refuses the certificate of this gateway/,
    zh: { why: '服务器不信任本网关的证书。', toDo: '在服务器上信任本网关的证书；核对两边的时钟。' },
    en: {
      why: 'The server does not trust the certificate of this gateway.',
      toDo: 'Trust it at the server; compare the clocks of both.',
    },
  },
  {
    sign: /refuses the sign-in/,
    zh: { why: '服务器拒绝了用户名或密码。', toDo: '核对数据源的 user 和 password，或在服务器上允许该用户。' },
    en: { why: 'The server refuses user or password.', toDo: 'Correct them, or allow this user at the server.' },
  },
  {
    sign: /^connecting\b|^$/,
    zh: { why: '正在连接。', toDo: '请稍候；超过一分钟请检查网络与地址。' },
    en: { why: 'It is being connected.', toDo: 'Wait; after a minute check network and address.' },
  },
];

const looks: Readonly<Record<Language, FaultWords>> = {
  zh: { why: '见原文。', toDo: '按原文处理；日志页可能有更多说明。' },
  en: { why: 'See what was said.', toDo: 'Act on what was said; the log may tell more.' },
};

/** What to do about problems of the way to the cloud, beside what the catalogue says of them. */
const toDoByCode: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  'code-missing': {
    zh: '在云端“网关”页生成一次性注册码，用 gongfu-edge run --code 启动；期间样本照常保存。',
    en: 'Make a one-time code on the page Gateways of the cloud and start with --code; samples are kept meanwhile.',
  },
  'enrolment-refused': {
    zh: '在云端“网关”页为本网关名称重新生成注册码。',
    en: 'Make another code for this gateway on the page Gateways of the cloud.',
  },
  'cloud-certificate-untrusted': {
    zh: '核对本机时钟；若云端使用自有证书颁发机构，请配置 uplink.ca。',
    en: 'Compare the clock; where the cloud has an authority of its own, set uplink.ca.',
  },
  'cloud-key-unknown': {
    zh: '先确认云端确已更换密钥，再按运维手册处理。',
    en: 'Find out whether the cloud has changed its keys before anything else.',
  },
};

/** What a detail text means; a problem it names by its code is told in the words of the catalogue. */
export function faultWords(detail: string, language: Language): FaultWords {
  const code = /\[([a-z]+(?:-[a-z]+)+)\]/.exec(detail)?.[1];
  const told = code === undefined ? undefined : (problemCatalogue as Catalogue)[code];
  const found = findings.find(({ sign }) => sign.test(detail))?.[language];
  if (code === undefined || told === undefined) return found ?? looks[language];
  const toDo = toDoByCode[code]?.[language] ?? (found ?? looks[language]).toDo;
  return { why: sentence(told[language], language), toDo };
}

type Catalogue = Readonly<Record<string, Readonly<Record<Language, string>>>>;

function sentence(text: string, language: Language): string {
  return `${text}${language === 'zh' ? '。' : '.'}`;
}
