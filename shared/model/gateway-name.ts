/** What a gateway may be called, at the gateway and in the cloud alike: it stands in addresses, file names and logs. */
export const gatewayNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Who stands behind a gateway: our agent, or data that comes by an API key or from a broker and has no agent to report on it. */
export type GatewayKind = 'agent' | 'key' | 'broker';

/** By its name: what is no agent has a colon in it, as no agent may. */
export function gatewayKindOf(name: string): GatewayKind {
  if (name.startsWith('key:')) return 'key';
  return name.startsWith('mqtt:') ? 'broker' : 'agent';
}
