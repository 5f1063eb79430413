const crcTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ 0xa001;
  return crc;
});

/** The check of an RTU frame; on the wire its low byte comes first. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (let i = 0; i < bytes.length; i += 1) crc = (crc >> 8) ^ crcTable[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}

/** The check of an ASCII frame, over the bytes its digits stand for. */
export function lrc(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 1) sum += bytes[i]!;
  return -sum & 0xff;
}
