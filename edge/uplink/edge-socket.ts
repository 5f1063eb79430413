import { io, type Socket, type SocketOptions } from 'socket.io-client';
import type { TlsOptions } from './cloud-trust.ts';

/** A connection to the cloud's `/edge` that is opened by `connect()` and never comes back by itself. */
export function edgeSocket(options: {
  /** Of the cloud, with or without a path. */
  readonly url: string;
  readonly auth: SocketOptions['auth'];
  readonly tls: TlsOptions;
  readonly timeoutMs: number;
}): Socket {
  const { origin, pathname } = new URL(options.url);
  return io(`${origin}/edge`, {
    path: `${pathname.replace(/\/$/, '')}/socket.io`,
    transports: ['websocket'],
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    reconnection: false,
    autoConnect: false,
    forceNew: true,
    timeout: options.timeoutMs,
    ...options.tls,
  });
}
