import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock } from '@gongfu/shared/base/clock';

/** A body is looked at so often. */
const windowMs = 20_000;
/** Less than 4 KiB a second, the poorest of mobile links, is nobody who means to end. */
const bytesPerWindowMin = (4 * 1024 * windowMs) / 1_000;

/**
 * Lets a body take as long as it needs while it flows, and ends one that trickles as Node ends headers that do: with the error
 * ERR_HTTP_REQUEST_TIMEOUT. Time that the service itself takes, because its disk is slow, is not the sender's.
 */
export function watchBodies(server: Pick<Server, 'on' | 'emit'>, clock: Clock): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { headers, socket } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
    let cancel = (): void => {};
    const look = (before: number): void => {
      cancel = clock.after(windowMs, () => {
        if (request.complete) return;
        // What lies here unread nobody has to send.
        const isOurs = request.readableLength > 0 && !response.writableEnded;
        if (isOurs || socket.bytesRead - before >= bytesPerWindowMin) return look(socket.bytesRead);
        const error = Object.assign(new Error('the body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        server.emit('clientError', error, socket);
      });
    };
    look(socket.bytesRead);
    for (const end of ['end', 'close']) request.once(end, () => cancel());
  });
}
