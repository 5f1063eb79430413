import type { Clock } from '@gongfu/shared/base/clock';
import { AsciiFraming } from './ascii-framing.ts';
import type { Transport } from './channel.ts';
import type { ModbusSource } from './config.ts';
import type { Framing } from './framing.ts';
import { silenceMsOf } from './line-time.ts';
import { ListeningTransport } from './listening-transport.ts';
import { RtuFraming } from './rtu-framing.ts';
import { SerialTransport } from './serial-transport.ts';
import { TcpFraming, type TransactionCounter } from './tcp-framing.ts';
import { TcpTransport } from './tcp-transport.ts';
import { framingOf } from './transport-config.ts';

/** What a USB adapter holds back before it hands bytes on; less says nothing about the line. */
const drainMs = 20;

/** The ways to a source, the preferred one first. */
export function transportsOf(source: ModbusSource, clock: Clock): Transport[] {
  const { host, port, serial, listen, backup, timeout: timeoutMs } = source;
  if (serial !== undefined) {
    const silenceMs = Math.max(drainMs, silenceMsOf(source));
    return [new SerialTransport({ serial, silenceMs, timeoutMs, clock })];
  }
  if (listen !== undefined) return [new ListeningTransport({ listen, timeoutMs, clock })];
  const first = new TcpTransport({ host: host ?? '', port, timeoutMs, clock });
  return backup === undefined ? [first] : [first, new TcpTransport({ ...backup, timeoutMs, clock })];
}

export function newFraming(source: ModbusSource, transactions: TransactionCounter): Framing {
  switch (framingOf(source)) {
    case 'tcp':
      return new TcpFraming(transactions);
    case 'rtu':
      return new RtuFraming();
    case 'ascii':
      return new AsciiFraming();
  }
}
