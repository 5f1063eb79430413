import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { IClientOptions } from 'mqtt';
import type { ConnectionOptions } from './broker-connection.ts';
import type { BrokerConfig } from './mqtt-config.ts';

/** Of a payload. With MQTT 5 the broker is told of so much for a whole message, and keeps what is more. */
export const messageBytesMax = 4 * 1024 ** 2;

/** Without the name and the password an address may hold. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  [shown.username, shown.password] = ['', ''];
  return shown.href;
}

/** What all connections to one broker have in common; `suffix` keeps their client ids apart. */
export function connectionTo(
  { url, version, keepAlive, name, clientId }: BrokerConfig,
  options: {
    tenantId: string;
    client: IClientOptions;
    suffix: string;
    clock: Clock;
    random: () => number;
    log: Logger;
  },
): Pick<ConnectionOptions, 'url' | 'client' | 'clock' | 'backoff' | 'log'> {
  const { tenantId, client, suffix, clock, random, log } = options;
  const properties = { ...client.properties, maximumPacketSize: messageBytesMax };
  return {
    url,
    client: {
      ...client,
      clientId: `${clientId ?? `gongfu-${tenantId}-${name}`}${suffix}`,
      protocolVersion: version,
      keepalive: Math.ceil(keepAlive / 1000),
      ...(version === 5 ? { properties } : {}),
    },
    clock,
    backoff: new Backoff({ firstMs: 500, maxMs: 30_000, random }),
    log,
  };
}
