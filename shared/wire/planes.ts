/**
 * The first bytes of all elements, then their second ones, and so on. Neighbours differ in their low bytes; their high bytes, now
 * beside each other, are nearly the same and shrink to little.
 */
export function toPlanes(array: ArrayBufferView, width: number): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const count = bytes.length / width;
  const planes = new Uint8Array(bytes.length);
  let place = 0;
  for (let plane = 0; plane < width; plane += 1) {
    for (let from = plane, row = 0; row < count; row += 1, from += width) planes[place++] = bytes[from]!;
  }
  return planes;
}

/** In a buffer of their own. The length is a multiple of the width. */
export function fromPlanes(planes: Uint8Array, width: number): ArrayBuffer {
  const count = planes.length / width;
  const bytes = new Uint8Array(planes.length);
  let place = 0;
  for (let plane = 0; plane < width; plane += 1) {
    for (let to = plane, row = 0; row < count; row += 1, to += width) bytes[to] = planes[place++]!;
  }
  return bytes.buffer;
}
