import { createServer } from 'node:net';
import { Problem } from '@gongfu/shared/base/problem';

/** A port nobody listens on now. */
export function freePort(host: string): Promise<number> {
  return tryPort(0, host);
}

/** @throws Problem that says how to take another one. */
export async function requirePort(port: number, host: string): Promise<void> {
  try {
    await tryPort(port, host);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new Problem({
      code: 'port-taken',
      detail: taken
        ? `Port ${port} is taken by another program.`
        : `Port ${port} on ${host} cannot be used: ${(error as Error).message}.`,
      advice: `Choose another one: PORT=${port === 8080 ? 8090 : 8080} npm start (PORT=0 takes any free one).`,
      reaction: 'stop',
      cause: error,
    });
  }
}

function tryPort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(found));
    });
  });
}
