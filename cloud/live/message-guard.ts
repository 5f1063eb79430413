import type { Problem } from '@gongfu/shared/base/problem';
import type { Server, Socket } from 'socket.io';
import { connectRefusal, messageInvalid, messageTooLarge, namespaceUnknown } from './live-problems.ts';

type Carrier = Socket['conn'];

/** Characters of one message to `/live`: the largest subscription fits several times. */
export const messageLengthMax = 1024 ** 2;
/** Characters of the message that opens a namespace, before anybody is known. */
const openingLengthMax = 128 * 1024;
const header = /^(\d)(?:\d+-)?(?:(\/[^,]*),)?/;

/** What is wrong with a message as it came, before anything of it is read. Other namespaces have their own limits. */
function faultOf(data: unknown): Problem | undefined {
  if (typeof data !== 'string') return undefined;
  const [, kind, namespace] = header.exec(data.slice(0, 100)) ?? [];
  // Kinds of the Socket.IO protocol: 0 opens a namespace, 5 and 6 carry attachments.
  if (kind === '0' && data.length > openingLengthMax) return messageTooLarge();
  if (namespace !== '/live') return undefined;
  if (kind === '5' || kind === '6') return messageInvalid();
  return data.length > messageLengthMax ? messageTooLarge() : undefined;
}

function refusalOf(problem: Problem): { message: string; data: unknown } {
  const { message, data } = connectRefusal(problem);
  return { message, data };
}

/** Looks at messages before they are decoded; the namespace that every Socket.IO server has by itself serves nothing here. */
export function guardMessages(io: Server, refuse: (conn: Carrier, problem: Problem) => void): void {
  io.of('/').use((_, next) => next(connectRefusal(namespaceUnknown())));
  io.engine.on('connection', (conn: Carrier) => {
    conn.on('packet', (packet: { type: string; data?: unknown }) => {
      const fault = packet.type === 'message' ? faultOf(packet.data) : undefined;
      if (fault === undefined) return;
      // The decoder refuses an empty message, which ends the connection whoever holds it.
      const [, kind, namespace = '/'] = header.exec(String(packet.data).slice(0, 100)) ?? [];
      packet.data = '';
      // Refused as Socket.IO refuses: kind 4, which the client hears as `connect_error`.
      if (kind === '0') conn.send(`4${namespace},${JSON.stringify(refusalOf(fault))}`);
      refuse(conn, fault);
    });
  });
}
