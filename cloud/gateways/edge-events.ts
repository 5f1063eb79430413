/** Every event a gateway may send on `/edge`, for the permission test: all need a gateway's own token, none a user's. */
export const edgeEvents = [
  { event: 'hello', permission: 'gateway-token' },
  { event: 'tags', permission: 'gateway-token' },
  { event: 'batch', permission: 'gateway-token' },
  { event: 'writable', permission: 'gateway-token' },
  { event: 'command-result', permission: 'gateway-token' },
  { event: 'configuration-result', permission: 'gateway-token' },
  { event: 'conditions', permission: 'gateway-token' },
  { event: 'heartbeat', permission: 'gateway-token' },
] as const;

export type EdgeEventName = (typeof edgeEvents)[number]['event'];
