import { StatusCode } from '@gongfu/shared/model/quality';

const names = new Map<number, string>(Object.entries(StatusCode).map(([name, code]) => [code, name]));

/** The name of a 32-bit status code, as `BadTimeout`; its hexadecimal form where it is not one of our own. */
export function statusName(status: number): string {
  // The low 16 bits are flags of the sample, not part of the code.
  return names.get((status & 0xffff0000) >>> 0) ?? `0x${status.toString(16).padStart(8, '0').toUpperCase()}`;
}
