import { setTimeout as wait } from 'node:timers/promises';
import type { LiveAnswer, LiveSample } from '@gongfu/shared/wire/live';
import { io, type Socket } from 'socket.io-client';
import type { DashboardsLoad, DashboardsResult } from './dashboards-bench.ts';

/** The dashboards of `dashboards-bench.ts`, in a process of their own. */
const ageOfEvery = 100;
const agesMs: number[] = [];
let itemsHeard = 0;
let measuring = false;

process.once('message', async (load: DashboardsLoad) => {
  const sockets = await Promise.all(Array.from({ length: load.normal + load.paused }, () => connect(load)));
  const slow = sockets.slice(load.normal);
  let pausedCut = 0;
  await wait(load.seconds * 500);
  const wires = slow.map(wireOf);
  for (const socket of slow) {
    socket.on('disconnect', () => {
      pausedCut += 1;
    });
  }
  for (const wire of wires) wire.pause();
  measuring = true;
  process.send?.('paused');
  await wait(load.seconds * 500);
  measuring = false;
  // Only by reading on does a client learn that it was cut, unless its own heartbeat has told it.
  for (const wire of wires) wire.resume();
  await wait(1_000);
  const normalConnected = sockets.slice(0, load.normal).filter(({ connected }) => connected).length;
  const result: DashboardsResult = { itemsHeard, agesMs, normalConnected, pausedCut };
  for (const socket of sockets) socket.disconnect();
  process.send?.({ result }, () => process.exit());
});

async function connect(load: DashboardsLoad): Promise<Socket> {
  const socket = io(`${load.url}/live`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth: { token: load.token },
  });
  const answer: LiveAnswer = await socket.timeout(30_000).emitWithAck('subscribe', { tags: load.tags });
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  socket.on('samples', (samples: LiveSample[]) => {
    if (!measuring) return;
    const now = Date.now();
    for (const { value } of samples) {
      itemsHeard += 1;
      if (itemsHeard % ageOfEvery === 0) agesMs.push(now - Number(value));
    }
  });
  return socket;
}

function wireOf(socket: Socket): { pause(): void; resume(): void } {
  return (socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }).ws;
}
