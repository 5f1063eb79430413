import { setTimeout as wait } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { AbuseLoad, Attack, Count } from './abuse-rows.ts';

/** What lies beneath a client's socket: the WebSocket, to send what no client would. */
interface Wire {
  readonly bufferedAmount: number;
  send(data: string, options?: { fin?: boolean }): void;
  pause(): void;
  on(event: 'close', listener: (code: number) => void): void;
}

/** A client that was not cut within this time has got away with it, ms. */
const patienceMs = 15_000;

/** What is thrown at `/live`, by its row. Each client goes on until it is cut, and comes again. */
export const socketAttacks: Record<string, (load: AbuseLoad, count: Count) => Attack> = {
  eventFlood: (load, count) => ({
    lanes: 4,
    once: () =>
      untilCut(load, count, async (socket) => {
        for (let sent = 0; sent < 100_000 && socket.connected; sent += 1) {
          socket.emit('join', 'tenant:b');
          // A hundred in a millisecond are the hundred thousand a second; its own process would else never come to reading.
          if (sent % 100 === 0) await wait(1);
        }
      }),
  }),
  largeMessages: (load, count) => {
    const text = 'x'.repeat(2 * 1024 ** 2);
    return {
      lanes: 4,
      once: () => untilCut(load, count, (socket) => void socket.emit('subscribe', { tags: [text] })),
    };
  },
  attachments: (load, count) => {
    const thousand = Array.from({ length: 1_000 }, () => new Uint8Array(1));
    return { lanes: 4, once: () => untilCut(load, count, (socket) => void socket.emit('subscribe', thousand)) };
  },
  fragments: (load, count) => ({
    lanes: 4,
    once: () =>
      untilCut(load, count, (socket) => {
        const wire = wireOf(socket);
        for (let n = 0; n < 20_000; n += 1) wire.send('4', { fin: false });
      }),
  }),
  // Follows everything and reads nothing, until the time of the row is over.
  pausedReaders: (load, count) => ({
    lanes: 50,
    once: async () => {
      const socket = await opened(load, load.token);
      await socket.timeout(patienceMs).emitWithAck('subscribe', { tags: load.tags });
      wireOf(socket).pause();
      await wait(load.seconds * 1_000);
      count('kept');
      socket.disconnect();
    },
  }),
  // All at once from one address; beyond what one address may hold the service says no.
  connections: (load, count) => ({
    lanes: 5_000,
    once: async () => {
      const socket = await opened(load, load.token).catch((error: Error) => error);
      count(socket instanceof Error ? 'refused' : 'open');
      await wait(load.seconds * 1_000);
      if (!(socket instanceof Error)) socket.disconnect();
    },
  }),
  reconnecting: (load, count) => ({
    lanes: 100,
    once: async () => {
      const socket = await opened(load, load.token);
      await socket.timeout(patienceMs).emitWithAck('subscribe', { tags: load.tags.slice(0, 10) });
      count('back');
      socket.disconnect();
    },
  }),
  revoked: (load, count) => ({
    lanes: 20,
    once: async () => {
      const socket = await opened(load, load.revokedToken).catch(
        (error: Error & { data?: { code?: string } }) => error,
      );
      count(socket instanceof Error ? (socket.data?.code ?? socket.message) : 'LET IN');
      if (!(socket instanceof Error)) socket.disconnect();
    },
  }),
};

async function untilCut(load: AbuseLoad, count: Count, attack: (socket: Socket) => unknown): Promise<void> {
  const socket = await opened(load, load.token);
  let reason = 'cut';
  const cut = new Promise<void>((resolve) => {
    socket.on('problem', ({ code }: { code: string }) => {
      reason = code;
    });
    wireOf(socket).on('close', (code) => {
      if (reason === 'cut') reason = `closed ${code}`;
    });
    socket.on('disconnect', () => resolve());
  });
  await attack(socket);
  const limit = new AbortController();
  const late = wait(patienceMs, undefined, { signal: limit.signal }).then(
    () => count('NOT CUT'),
    () => undefined,
  );
  await Promise.race([cut.then(() => count(reason)), late]);
  limit.abort();
  socket.disconnect();
}

function opened({ url }: AbuseLoad, token: string): Promise<Socket> {
  const socket = io(`${url}/live`, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token } });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', (error) => {
      socket.disconnect();
      reject(error);
    });
  });
}

function wireOf(socket: Socket): Wire {
  return (socket.io.engine.transport as unknown as { ws: Wire }).ws;
}
