export const nodeMessageKinds = ['NBIRTH', 'NDEATH', 'DBIRTH', 'DDEATH', 'NDATA', 'DDATA'] as const;
export type NodeMessageKind = (typeof nodeMessageKinds)[number];

export interface NodeTopic {
  readonly kind: NodeMessageKind;
  readonly group: string;
  readonly node: string;
  /** '' for a message of the node itself. */
  readonly device: string;
}

/** Undefined for commands, states and what is no topic of Sparkplug B. */
export function parseTopic(topic: string): NodeTopic | undefined {
  const [space, group, kind, node, device, ...more] = topic.split('/');
  if (space !== 'spBv1.0' || more.length > 0 || !group || !node || device === '') return undefined;
  const known = nodeMessageKinds.find((one) => one === kind);
  if (known === undefined || known.startsWith('D') !== (device !== undefined)) return undefined;
  return { kind: known, group, node, device: device ?? '' };
}

/** Commands to nodes and states of hosts: they lie below `spBv1.0/` too. */
export function isNotForHosts(topic: string): boolean {
  return /^spBv1\.0\/(STATE\/|[^/]+\/[ND]CMD\/)/.test(topic);
}

export function commandTopic(group: string, node: string): string {
  return `spBv1.0/${group}/NCMD/${node}`;
}

export function stateTopic(hostId: string): string {
  return `spBv1.0/STATE/${hostId}`;
}
