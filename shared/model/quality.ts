/**
 * The quality of a sample, kept as the 32-bit OPC UA status code (Part 4, 7.39; severity in bits 31–30).
 * A sample of bad quality carries no value: nobody downstream can mistake it for a measurement.
 */
export type Quality = 'good' | 'uncertain' | 'bad';

/** Status codes this project itself assigns. A driver may pass on any other code its source reports. */
export const StatusCode = {
  Good: 0x00000000,
  UncertainLastUsableValue: 0x40900000,
  UncertainEngineeringUnitsExceeded: 0x40940000,
  BadUnexpectedError: 0x80010000,
  BadResourceUnavailable: 0x80040000,
  BadCommunicationError: 0x80050000,
  BadDecodingError: 0x80070000,
  BadTimeout: 0x800a0000,
  BadWaitingForInitialData: 0x80320000,
  BadNodeIdUnknown: 0x80340000,
  BadOutOfRange: 0x803c0000,
  BadNotSupported: 0x803d0000,
  BadNotFound: 0x803e0000,
  BadNoCommunication: 0x80310000,
  BadTypeMismatch: 0x80740000,
  BadConfigurationError: 0x80890000,
  BadNotConnected: 0x808a0000,
  BadDeviceFailure: 0x808b0000,
  BadSensorFailure: 0x808c0000,
  BadInvalidArgument: 0x80ab0000,
  BadRequestNotComplete: 0x81130000,
} as const;

/** Flags in the low half of a status: the value went over the lower or the upper of its limits (OPC UA Part 4, 7.39.1). */
export const LimitFlags = { low: 0x500, high: 0x600 } as const;
const limitMask = 0xf00;

export function qualityOf(statusCode: number): Quality {
  const severity = statusCode >>> 30;
  if (severity === 0) return 'good';
  return severity === 1 ? 'uncertain' : 'bad';
}

/** True when a sample with this status has no value. */
export function isBad(statusCode: number): boolean {
  return statusCode >>> 31 === 1;
}

const names = new Map<number, string>(Object.entries(StatusCode).map(([name, code]) => [code, name]));

/** The name of a status code, as `BadTimeout`, with its limit, as `BadOutOfRange low`; its hexadecimal form where it is not one of our own. */
export function statusName(statusCode: number): string {
  const name = names.get((statusCode & 0xffff0000) >>> 0);
  if (name === undefined) return `0x${statusCode.toString(16).padStart(8, '0').toUpperCase()}`;
  const limit = statusCode & limitMask;
  if (limit === LimitFlags.low) return `${name} low`;
  return limit === LimitFlags.high ? `${name} high` : name;
}
