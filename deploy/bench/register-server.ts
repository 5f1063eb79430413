import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SweepMeter } from './edge/sweep-meter.ts';

/**
 * A plain Modbus TCP server for measurements, in a process of its own: each holding register of each unit walks up or down
 * by up to three a second, so every poll of a second finds new values; registers 60000–60003 hold, as a big-endian uint64,
 * the epoch ms at which they last changed (every 337 ms, out of step with any poll): the age of what arrives is the latency
 * of the whole way. A register written by function 6 keeps what was written. On a second port it tells over HTTP what it was asked since the last time, `/?intervalMs=1000`.
 */
const changePeriodMs = 337;
const stampRegister = 60_000;
/** Places in the walk; registers start far from each other. */
const walkSteps = 65_536;
const strideOfRegister = 257;
const strideOfUnit = 7_919;

const meter = new SweepMeter();
const walk = newWalk();
let changedAt = Date.now();
setInterval(() => {
  changedAt = Date.now();
}, changePeriodMs);

/** The same in every run: a level of 12 bits as an analogue input has, from a small generator of Park and Miller. */
function newWalk(): Uint16Array {
  const steps = new Uint16Array(walkSteps);
  let [seed, level] = [20_261_127, 2_000];
  for (let i = 0; i < walkSteps; i += 1) {
    seed = (seed * 16_807) % 2_147_483_647;
    level += (seed % 7) - 3;
    level = Math.min(4_095, Math.max(0, level));
    steps[i] = level;
  }
  return steps;
}

/** Registers that were written, by unit and address. */
const written = new Map<number, number>();
const placeOf = (unitId: number, address: number) => unitId * 65_536 + address;

function writeHolding(frame: Buffer, unitId: number, address: number, count: number): void {
  const second = Math.floor(Date.now() / 1000) + unitId * strideOfUnit;
  for (let i = 0; i < count; i += 1) {
    const value = walk[((address + i) * strideOfRegister + second) % walkSteps]!;
    frame[9 + 2 * i] = value >> 8;
    frame[10 + 2 * i] = value & 0xff;
  }
  if (written.size > 0) {
    for (let i = 0; i < count; i += 1) {
      const value = written.get(placeOf(unitId, address + i));
      if (value !== undefined) frame.writeUInt16BE(value, 9 + 2 * i);
    }
  }
  if (address + count <= stampRegister || address >= stampRegister + 4) return;
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(changedAt));
  for (let i = 0; i < 4; i += 1) {
    const place = stampRegister + i - address;
    if (place >= 0 && place < count) stamp.copy(frame, 9 + 2 * place, 2 * i, 2 * i + 2);
  }
}

function answer(request: Buffer): Buffer {
  const unitId = request[6]!;
  const code = request[7]!;
  const address = request.readUInt16BE(8);
  const count = request.readUInt16BE(10);
  if (code === 6) {
    written.set(placeOf(unitId, address), count);
    // The answer repeats the request.
    return request;
  }
  const fits = code === 3 && count >= 1 && count <= 125 && address + count <= 65_536;
  const frame = Buffer.allocUnsafe(9 + (fits ? count * 2 : 0));
  request.copy(frame, 0, 0, 2);
  frame.writeUInt16BE(0, 2);
  frame.writeUInt16BE(frame.length - 6, 4);
  frame[6] = unitId;
  frame[7] = fits ? code : code | 0x80;
  frame[8] = fits ? count * 2 : 2;
  if (fits) writeHolding(frame, unitId, address, count);
  if (fits) meter.note(unitId, address, count);
  return frame;
}

const server = createServer((socket) => {
  let pending = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? (chunk as Buffer<ArrayBuffer>) : Buffer.concat([pending, chunk]);
    while (pending.length >= 12) {
      socket.write(answer(pending.subarray(0, 12)));
      pending = pending.subarray(12);
    }
  });
});
const counters = createHttpServer((request, response) => {
  const intervalMs = Number(new URL(request.url ?? '', 'http://a').searchParams.get('intervalMs') ?? 1000);
  response.setHeader('content-type', 'application/json').end(JSON.stringify(meter.take(intervalMs)));
});
const portOf = (listening: Server) => (listening.address() as AddressInfo).port;
server.listen(0, '127.0.0.1', () => {
  counters.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ ready: true, port: portOf(server), counters: portOf(counters) }));
  });
});
process.on('disconnect', () => process.exit(0));
