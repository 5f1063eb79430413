import { readFileSync } from 'node:fs';
import { messageOf, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { IClientOptions } from 'mqtt';
import type { BrokerConfig } from './mqtt-config.ts';

type Credentials = Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key' | 'servername'>;

/** The files a broker's section names, read; and those that cannot be. */
export function credentialsOf({ name, username, password, passwordFile, tls }: BrokerConfig): {
  credentials: Credentials;
  unreadable: readonly ProblemPlace[];
} {
  const places: ProblemPlace[] = [];
  const read = (key: string, file: string | undefined): Buffer | undefined => {
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      places.push({ where: `mqtt.brokers ${name} ${key}`, what: messageOf(error) });
      return undefined;
    }
  };
  const secret = passwordFile === undefined ? password : read('passwordFile', passwordFile)?.toString('utf8').trim();
  const files = {
    ca: read('tls.ca', tls?.ca),
    cert: read('tls.certificate', tls?.certificate),
    key: read('tls.key', tls?.key),
  };
  const named = { username, password: secret, servername: tls?.serverName, ...files };
  const credentials = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { credentials, unreadable: places };
}
