import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isBad } from '@gongfu/shared/model/quality';
import { batchVersion, decodeBatch } from '@gongfu/shared/wire/codec';
import type { Command, CommandReceipt, CommandResult } from '@gongfu/shared/wire/command';
import type { BatchHeader, Hello } from '@gongfu/shared/wire/handshake';
import { type Socket as GatewaySocket, Server } from 'socket.io';
import { percentiles } from '../process-meter.ts';
import { bytesOtherwise } from './other-forms.ts';

/**
 * Acknowledges what a gateway delivers and keeps nothing: what is measured is the gateway. Over HTTP on the same port it tells
 * what has come since the last time, `/figures`, the bytes counted at the socket, with all that WebSocket and Socket.IO add.
 * `/write?value=7` writes the first tag the gateway offers, and tells how long it took until its result was here.
 */
let [samples, batches, bytesBefore] = [0, 0, 0];
let agesMs: number[] = [];
/** How far the time between two samples of a tag is from the interval asked about; of the tags up to a number. */
let spacingsMs: number[] = [];
const lastTimes = new Float64Array(5_000).fill(Number.NaN);
let newest: ReturnType<typeof decodeBatch> | undefined;
const sockets = new Set<Socket>();

function bytesReceived(): number {
  return [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
}

function figures(intervalMs: number): object {
  const bytes = bytesReceived();
  const told = {
    samples,
    batches,
    bytes: bytes - bytesBefore,
    ageMs: percentiles(agesMs),
    spacingErrorMs: percentiles(spacingsMs.map((spacing) => Math.abs(spacing - intervalMs))),
    ...(newest === undefined ? {} : { bytesPerSampleOtherwise: bytesOtherwise(newest) }),
  };
  [samples, batches, bytesBefore, agesMs, spacingsMs] = [0, 0, bytes, [], []];
  return told;
}

let gateway: { readonly socket: GatewaySocket; readonly number: number } | undefined;
const waiting = new Map<string, (result: CommandResult) => void>();

async function write(value: number): Promise<object> {
  if (gateway === undefined) throw new Error('no gateway that offers a tag to be written');
  const { socket, number } = gateway;
  const now = Date.now();
  const command: Command = {
    id: randomUUID(),
    number,
    value,
    requestedAt: now,
    expiresAt: now + 10_000,
    expiresInMs: 10_000,
    requestedBy: 'bench',
    approvedBy: null,
    reason: '',
  };
  const sentMs = performance.now();
  const ended = new Promise<CommandResult>((resolve) => waiting.set(command.id, resolve));
  const receipt = (await socket.timeout(20_000).emitWithAck('command', command)) as CommandReceipt;
  if (!receipt.received) throw new Error(receipt.detail);
  const { outcome, code } = await ended;
  return { outcome, code, ms: performance.now() - sentMs };
}

const http = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sink');
  if (pathname === '/write') {
    void write(Number(searchParams.get('value'))).then(
      (told) => response.setHeader('content-type', 'application/json').end(JSON.stringify(told)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
    return;
  }
  if (pathname === '/figures') {
    const told = figures(Number(searchParams.get('intervalMs') ?? 1000));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(told));
    return;
  }
  request.resume();
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ gatewayId: 'bench', tenantId: 'bench' }));
});
const edge = new Server(http, { maxHttpBufferSize: 16 * 1024 ** 2 }).of('/edge');
edge.on('connection', (socket) => {
  // The one the messages come through; what asks for figures is no part of the uplink.
  const wire = (socket.conn.request as { socket: Socket }).socket;
  sockets.add(wire);
  bytesBefore += wire.bytesRead;
  socket.on('hello', ({ writable }: Hello, answer: (value: object) => void) => {
    const first = writable?.[0];
    gateway = first === undefined ? undefined : { socket, number: first.number };
    answer({ accepted: true, stored: [], batchesInFlightMax: 8, batchVersion });
  });
  socket.on('heartbeat', (_heartbeat: unknown, answer?: (value: object) => void) => answer?.({ accepted: true }));
  socket.on('command-result', (result: CommandResult, answer: (receipt: CommandReceipt) => void) => {
    answer({ received: true });
    waiting.get(result.id)?.(result);
    waiting.delete(result.id);
  });
  socket.on('batch', (_header: BatchHeader, bytes: Uint8Array, answer: (value: object) => void) => {
    answer({ outcome: 'stored' });
    const now = Date.now();
    newest = decodeBatch(bytes);
    batches += 1;
    for (const { count, sourceTimes, tags, statuses } of newest.blocks) {
      samples += count;
      for (let row = 0; row < count; row += 1) {
        const tag = tags[row]!;
        if (tag >= lastTimes.length || isBad(statuses[row]!)) continue;
        const time = sourceTimes[row]!;
        if (!Number.isNaN(lastTimes[tag]!)) spacingsMs.push(time - lastTimes[tag]!);
        lastTimes[tag] = time;
      }
      // One of a hundred is enough for percentiles.
      for (let row = 0; row < count; row += 100) agesMs.push(now - sourceTimes[row]!);
    }
  });
});
http.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, port: (http.address() as AddressInfo).port }));
});
process.on('disconnect', () => process.exit(0));
