import { LimitFlags, StatusCode, statusName } from '@gongfu/shared/model/quality';
import type { Language } from './texts.ts';

type Name = keyof typeof StatusCode;

/** Why a value is not good, as somebody at the machine understands it. */
const words: Readonly<Record<Language, Readonly<Record<Name, string>>>> = {
  zh: {
    Good: '良好',
    UncertainLastUsableValue: '沿用最后的可用值',
    UncertainEngineeringUnitsExceeded: '超出量程',
    BadUnexpectedError: '驱动内部错误',
    BadResourceUnavailable: '设备资源不足',
    BadCommunicationError: '通讯错误，应答无法使用',
    BadDecodingError: '数据无法按配置的类型解码',
    BadTimeout: '超时，没有应答',
    BadWaitingForInitialData: '等待首个数值',
    BadNodeIdUnknown: '服务器上没有该节点',
    BadOutOfRange: '数值超出允许范围',
    BadNotSupported: '设备不支持该功能',
    BadNotFound: '设备没有该地址',
    BadNoCommunication: '与设备没有通讯',
    BadTypeMismatch: '类型与服务器不符',
    BadConfigurationError: '配置错误',
    BadNotConnected: '未连接到数据源',
    BadDeviceFailure: '设备报告故障',
    BadSensorFailure: '传感器故障或断线',
    BadInvalidArgument: '设备拒绝了请求的数值',
    BadRequestNotComplete: '设备尚未完成请求',
  },
  en: {
    Good: 'good',
    UncertainLastUsableValue: 'last usable value',
    UncertainEngineeringUnitsExceeded: 'beyond its range',
    BadUnexpectedError: 'error within the driver',
    BadResourceUnavailable: 'the device is short of resources',
    BadCommunicationError: 'the answer could not be used',
    BadDecodingError: 'not what the configured type can hold',
    BadTimeout: 'no answer in time',
    BadWaitingForInitialData: 'waits for a first value',
    BadNodeIdUnknown: 'the server has no such node',
    BadOutOfRange: 'beyond what is possible',
    BadNotSupported: 'the device does not support this',
    BadNotFound: 'the device has no such address',
    BadNoCommunication: 'no communication with the device',
    BadTypeMismatch: 'the server has another type',
    BadConfigurationError: 'wrongly configured',
    BadNotConnected: 'the source is not connected',
    BadDeviceFailure: 'the device reports a failure',
    BadSensorFailure: 'sensor broken or wire cut',
    BadInvalidArgument: 'the device refuses the request',
    BadRequestNotComplete: 'the device has not finished yet',
  },
};

const limits: Readonly<Record<Language, { low: string; high: string }>> = {
  zh: { low: '（低于下限）', high: '（高于上限）' },
  en: { low: ' (below)', high: ' (above)' },
};

const limitMask = 0xf00;
const names = new Map(Object.entries(StatusCode).map(([name, code]) => [code as number, name as Name]));

/** The reason in words; the name or number of a status that is none of ours. */
export function statusWords(status: number, language: Language): string {
  const name = names.get((status & 0xffff0000) >>> 0);
  if (name === undefined) return statusName(status);
  const flag = status & limitMask;
  const { low, high } = limits[language];
  const limit = flag === LimitFlags.low ? low : flag === LimitFlags.high ? high : '';
  return words[language][name] + limit;
}
