import { createServer } from 'node:net';

/**
 * A plain Modbus TCP server for measurements, in a process of its own: holding register n holds (n + second) mod 65536,
 * so every poll finds new values; registers 60000–60003 hold, as a big-endian uint64, the epoch ms at which they last
 * changed (every 337 ms, out of step with any poll): the age of what arrives is the latency of the whole way.
 */
const changePeriodMs = 337;
const stampRegister = 60_000;

let changedAt = Date.now();
setInterval(() => {
  changedAt = Date.now();
}, changePeriodMs);

function readHolding(address: number, count: number): Buffer {
  const second = Math.floor(Date.now() / 1000);
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(changedAt));
  const data = Buffer.allocUnsafe(count * 2);
  for (let i = 0; i < count; i += 1) {
    const register = address + i;
    const offset = register - stampRegister;
    data.writeUInt16BE(
      offset >= 0 && offset < 4 ? stamp.readUInt16BE(offset * 2) : (register + second) & 0xffff,
      i * 2,
    );
  }
  return data;
}

function answer(request: Buffer): Buffer {
  const code = request[7] ?? 0;
  const address = request.readUInt16BE(8);
  const count = request.readUInt16BE(10);
  const fits = code === 3 && count >= 1 && count <= 125 && address + count <= 65_536;
  const body = fits ? readHolding(address, count) : undefined;
  const payload =
    body === undefined ? Buffer.from([code | 0x80, 2]) : Buffer.concat([Buffer.from([code, body.length]), body]);
  const header = Buffer.alloc(7);
  request.copy(header, 0, 0, 2);
  header.writeUInt16BE(payload.length + 1, 4);
  header[6] = request[6] ?? 0;
  return Buffer.concat([header, payload]);
}

const server = createServer((socket) => {
  let pending = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 12) {
      socket.write(answer(pending.subarray(0, 12)));
      pending = pending.subarray(12);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ ready: true, port: typeof address === 'object' ? address?.port : 0 }));
});
process.on('disconnect', () => process.exit(0));
