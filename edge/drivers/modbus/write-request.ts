/** One write on the wire, as `modbus-serial` is asked for it. */
export type WriteRequest = { readonly unitId: number; readonly start: number } & (
  | { readonly functionCode: 5 | 15; readonly on: boolean }
  | { readonly functionCode: 6 | 16; readonly registers: Buffer }
  /** The register becomes (register AND `and`) OR (`or` AND NOT `and`), in the source and in one step. */
  | { readonly functionCode: 22; readonly and: number; readonly or: number }
);

/** Bytes of unit, function and what follows. */
export function bodyBytesOf(request: WriteRequest): number {
  switch (request.functionCode) {
    case 5:
    case 6:
      return 6;
    case 15:
    case 22:
      return 8;
    case 16:
      return 7 + request.registers.length;
  }
}

/** Bytes from unit to the end of what the answer repeats. */
export function repeatedBytesOf({ functionCode }: WriteRequest): number {
  return functionCode === 22 ? 8 : 6;
}
