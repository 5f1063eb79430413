/**
 * The quality of a sample, kept as the 32-bit OPC UA status code (Part 4, 7.39; severity in bits 31–30).
 * A sample of bad quality carries no value: nobody downstream can mistake it for a measurement.
 */
export type Quality = 'good' | 'uncertain' | 'bad';

/** Status codes this project itself assigns. A driver may pass on any other code its source reports. */
export const StatusCode = {
  Good: 0x00000000,
  UncertainLastUsableValue: 0x40900000,
  BadCommunicationError: 0x80050000,
  BadTimeout: 0x800a0000,
  BadWaitingForInitialData: 0x80320000,
  BadNodeIdUnknown: 0x80340000,
  BadOutOfRange: 0x803c0000,
  BadNoCommunication: 0x80310000,
  BadTypeMismatch: 0x80740000,
  BadConfigurationError: 0x80890000,
  BadNotConnected: 0x808a0000,
  BadDeviceFailure: 0x808b0000,
} as const;

export function qualityOf(statusCode: number): Quality {
  const severity = statusCode >>> 30;
  if (severity === 0) return 'good';
  return severity === 1 ? 'uncertain' : 'bad';
}

/** True when a sample with this status has no value. */
export function isBad(statusCode: number): boolean {
  return statusCode >>> 31 === 1;
}
