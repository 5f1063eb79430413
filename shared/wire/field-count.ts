import protobuf from 'protobufjs';

/**
 * How many fields of this number stand at the top of an encoded message. To be asked before it is decoded: a field takes two
 * bytes on the wire and a hundred times as much as an object.
 * @throws Error where the bytes are no message
 */
export function fieldCount(bytes: Uint8Array, field: number): number {
  let count = 0;
  eachField(bytes, (number) => {
    if (number === field) count += 1;
  });
  return count;
}

/** Tells the number of each field at the top of an encoded message, until `told` throws. @throws Error as `fieldCount` */
export function eachField(bytes: Uint8Array, told: (field: number) => void): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    told(tag >>> 3);
    reader.skipType(tag & 7);
  }
}

/** What the last field of this number at the top of an encoded message says as a varint of 32 bits; 0 without one. @throws Error as `fieldCount` */
export function wholeField(bytes: Uint8Array, field: number): number {
  const reader = protobuf.Reader.create(bytes);
  let value = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === field << 3) value = reader.uint32();
    else reader.skipType(tag & 7);
  }
  return value;
}
