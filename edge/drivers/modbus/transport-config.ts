import { durationBetween } from '@gongfu/shared/config/duration';
import { z } from 'zod';

const portSchema = z.number().int().min(1).max(65535);

export const serialSchema = z.strictObject({
  path: z.string().min(1),
  baudRate: z.number().int().min(300).max(4_000_000).default(9600),
  dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
  parity: z.enum(['none', 'even', 'odd']).default('none'),
  stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
});
export type SerialSettings = z.output<typeof serialSchema>;

/** Text, or bytes as `hex:01a2`; comes out with one character for each byte. */
const bytesSchema = z
  .string()
  .regex(/^(hex:([0-9a-f]{2}){2,64}|(?!hex:).{2,64})$/i, 'must be 2 to 64 characters, or bytes as "hex:01a2"')
  .transform((text) =>
    (text.startsWith('hex:') ? Buffer.from(text.slice(4), 'hex') : Buffer.from(text)).toString('latin1'),
  );

export const listenSchema = z.strictObject({
  host: z.string().min(1).default('0.0.0.0'),
  port: portSchema,
  /** Address the device dials from. */
  from: z.union([z.ipv4(), z.ipv6()]).optional(),
  /** What the device sends first, once it is connected. */
  registration: bytesSchema.optional(),
  /** What the device sends now and then to keep the connection; taken for nothing. */
  keepAlive: bytesSchema.optional(),
});
export type ListenSettings = z.output<typeof listenSchema>;

export const backupSchema = z.strictObject({
  host: z.string().min(1),
  port: portSchema.default(502),
  /** How often it is tried whether the first address answers again. */
  probe: durationBetween(100, 3_600_000).prefault('10s'),
});

/** The keys of a source that say how it is reached. */
export const transportShape = {
  host: z.string().min(1).optional(),
  port: portSchema.default(502),
  serial: serialSchema.optional(),
  listen: listenSchema.optional(),
  framing: z.enum(['tcp', 'rtu', 'ascii']).optional(),
  backup: backupSchema.optional(),
  /** Connections to the source at a time. */
  connections: z.number().int().min(1).max(16).default(1),
  /** Requests under way on one connection. */
  maxInFlight: z.number().int().min(1).max(16).default(1),
  /** Silence before a request on a line without transaction numbers; a serial line has its own least. */
  silence: durationBetween(0, 10_000).optional(),
};

const transportSchema = z.object(transportShape);
export type TransportSettings = z.output<typeof transportSchema>;

export type FramingName = NonNullable<TransportSettings['framing']>;

/** TCP where Modbus TCP is usual; who dials in is nearly always a serial line behind a modem. */
export function framingOf({ framing, serial, listen }: TransportSettings): FramingName {
  return framing ?? (serial === undefined && listen === undefined ? 'tcp' : 'rtu');
}

export const noWay = 'is missing; a source is reached by host, by serial or by listen';

export function waysOf({ host, serial, listen }: Pick<TransportSettings, 'host' | 'serial' | 'listen'>): number {
  return [host, serial, listen].filter((way) => way !== undefined).length;
}

/** What single keys cannot tell: which keys go together. */
export function refuseTransport(settings: TransportSettings, refuse: (key: string, what: string) => void): void {
  const { host, serial, framing, backup, connections, maxInFlight, silence } = settings;
  if (waysOf(settings) > 1)
    refuse(serial === undefined ? 'listen' : 'serial', 'a source has one of host, serial and listen');
  if (serial !== undefined && framing === 'tcp') refuse('framing', 'a serial line has framing rtu or ascii');
  if (serial !== undefined && framing !== 'ascii' && serial.dataBits === 7) {
    refuse('serial.dataBits', 'framing rtu needs 8 data bits; 7 go with ascii');
  }
  const numbered = framingOf(settings) === 'tcp';
  if (maxInFlight > 1 && !numbered) {
    refuse('maxInFlight', 'needs framing tcp: without transaction numbers answers cannot be told apart');
  }
  if (connections > 1 && host === undefined) refuse('connections', 'more than one needs host');
  if (backup !== undefined && host === undefined) refuse('backup', 'needs host');
  if (silence !== undefined && numbered) refuse('silence', 'has no meaning with framing tcp');
}
