/** One source, as every file of a gateway has it. */
export const exampleSources = `sources:
  - name: press-1
    driver: modbus
    host: 192.168.1.10
    port: 502
    interval: 1s
    tags:
      - { name: count, address: "holding:0", type: uint32 }
`;

/** The least a gateway needs: a file that `gongfu-edge check` accepts as it stands. The PLC's address is the reader's to put in. */
export function edgeFile(gatewayName: string, cloudUrl: string, cloudKeys: readonly string[]): string {
  // With the key known beforehand not even the first connection can be taken over by somebody in between.
  const keys = cloudUrl.startsWith('https:') && cloudKeys.length > 0 ? `, cloudKeys: ${JSON.stringify(cloudKeys)}` : '';
  return `gateway: { name: ${JSON.stringify(gatewayName)} }
uplink: { url: ${JSON.stringify(cloudUrl)}${keys} }
buffer: { path: ./${gatewayName}-data }
status: { port: 8081 }

${exampleSources}`;
}

/** Reached by nobody but this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
