import { connect, type Socket } from 'node:net';

/** What came back over one connection until it ended, and how long that took. */
export interface RawAnswer {
  readonly text: string;
  readonly status: number;
  readonly sentBytes: number;
  readonly elapsedMs: number;
}

/**
 * Bytes exactly as given, over a connection of their own. `more` is called whenever the other side takes more and gives what
 * to send next, or undefined for nothing further.
 */
export function sendRaw(url: string, head: string, more?: () => Buffer | undefined): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const start = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(head, 'latin1');
      if (more !== undefined) pump(socket, more);
    });
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    // A connection that is cut is an answer too.
    socket.on('error', () => undefined);
    socket.on('close', () =>
      resolve({
        text,
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
        sentBytes: socket.bytesWritten,
        elapsedMs: performance.now() - start,
      }),
    );
  });
}

function pump(socket: Socket, more: () => Buffer | undefined): void {
  const next = (): void => {
    for (;;) {
      const part = more();
      if (part === undefined || socket.destroyed || !socket.write(part)) return;
    }
  };
  socket.on('drain', next);
  next();
}

/** The answers that came over one connection, one after the other. */
export function answersIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
