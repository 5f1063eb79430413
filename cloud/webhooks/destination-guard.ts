import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Problem } from '@gongfu/shared/base/problem';

/** This machine, its link, and the addresses at which clouds tell a machine its secrets. Networks of a plant are allowed. */
const forbidden = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 3],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
  ['64:ff9b::', 96],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv6');
}

export function isForbidden(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address.replace(/%.*$/, '');
  const family = isIP(plain);
  return family === 0 || forbidden.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** @throws Problem `webhook-destination-forbidden` for a host that is such an address by itself */
export function requireDestination(url: URL, allowedHosts: readonly string[]): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (allowedHosts.includes(url.hostname)) return;
  if (url.protocol !== 'https:' || (isIP(host) !== 0 && isForbidden(host)))
    throw destinationForbidden(url.hostname, host);
}

/**
 * Resolves names for the connection itself, so that a name cannot be one address when it is checked and another when it is
 * used.
 */
export function guardedLookup(allowedHosts: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const addresses = error === null ? found : [];
      const bad = allowedHosts.includes(hostname) ? undefined : addresses.find(({ address }) => isForbidden(address));
      if (error !== null) callback(error, '', 0);
      else if (bad !== undefined) callback(destinationForbidden(hostname, bad.address), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

function destinationForbidden(host: string, address: string): Problem {
  return new Problem({
    code: 'webhook-destination-forbidden',
    detail: `${host} (${address}) is no place a webhook may go to`,
    advice: 'Use an https:// address outside of this machine and its link, or name the host in webhooks.allowedHosts.',
    reaction: 'drop',
    status: 403,
  });
}
