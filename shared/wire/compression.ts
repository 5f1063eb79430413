import { constants, deflateRaw, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';

/** Up to here the way to another thread and back takes longer than the work. */
const deflatedHereMax = 4096;

/** RFC 1951, off the event loop where it is much. `repeating`: the same sequences of bytes come again, as in texts; else runs of one byte at most. */
export async function deflate(bytes: Uint8Array, { repeating }: { readonly repeating: boolean }): Promise<Uint8Array> {
  const options: ZlibOptions = {
    level: 1,
    // Of planes of numbers a search for what came before finds next to nothing and takes two to four times as long.
    ...(repeating ? {} : { strategy: constants.Z_RLE, windowBits: 12 }),
    // In one piece: each one is a way to another thread and back.
    chunkSize: Math.max(64, bytes.length + 64),
  };
  if (bytes.length <= deflatedHereMax) return deflateRawSync(bytes, options);
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, options, (error, deflated) => (error === null ? resolve(deflated) : reject(error)));
  });
}

/** @throws Error unless `bytes` are whole, nothing follows them, and they inflate to exactly that length; no more memory is taken than that. */
export function inflate(bytes: Uint8Array, length: number): Uint8Array {
  const { buffer, engine } = inflateRawSync(bytes, {
    info: true,
    maxOutputLength: length,
    chunkSize: Math.max(64, Math.min(length, 64 * 1024)),
  }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  if (buffer.length !== length)
    throw new RangeError(`inflates to ${buffer.length} bytes where ${length} are announced`);
  if (engine.bytesWritten !== bytes.length) throw new RangeError('bytes follow the end of what was deflated');
  return buffer;
}
