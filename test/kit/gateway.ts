import { setTimeout as wait } from 'node:timers/promises';
import type { RunningEdge } from './programs.ts';

export interface GatewayHealth {
  readonly status: 'ok' | 'degraded';
  readonly configurationVersion: string;
  readonly reload: {
    readonly outcome: 'applied' | 'refused';
    readonly problem: { readonly code: string; readonly places: readonly { where: string; what: string }[] } | null;
  } | null;
  readonly buffer: {
    readonly epoch: number;
    readonly batches: number;
    readonly usedBytes: number;
    readonly lastSequence: number;
    readonly gapsTotal: number;
  };
  readonly uplink: { readonly state: string; readonly detail: string };
  readonly sources: readonly {
    readonly name: string;
    readonly state: string;
    readonly detail: string;
    readonly groups: readonly { readonly pollsTotal: number; readonly skippedTotal: number }[];
  }[];
}

/** The configuration of a gateway with the sources given as YAML, one list item each, unindented. */
export function gatewayConfig(options: {
  name: string;
  url: string;
  buffer: string;
  sources: string;
  maxBytes?: string;
  /** More keys under `uplink`, in YAML's braces. */
  uplink?: string;
}): string {
  return `gateway: { name: ${options.name} }
uplink: { url: "${options.url}", code: "\${GONGFU_CODE:-}"${options.uplink === undefined ? '' : `, ${options.uplink}`} }
buffer: { path: "${options.buffer}", maxBytes: ${options.maxBytes ?? '64MiB'} }
status: { port: 0 }
sources:
${options.sources}
`;
}

/** One Modbus source with one tag, a number a poll. */
/** `timeout`: a number answered later than that was given to nobody. */
export function counterSource(port: number, interval = '50ms', timeout = '200ms'): string {
  return `  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: ${interval}
    timeout: ${timeout}
    tags: [{ name: count, address: "holding:0", type: uint32 }]`;
}

export async function healthOf(edge: RunningEdge): Promise<GatewayHealth> {
  return (await (await fetch(`${edge.statusUrl}/healthz`)).json()) as GatewayHealth;
}

/** Asks until the agent is as wanted; the test's own time limit ends a wait in vain. */
export async function untilHealth(
  edge: RunningEdge,
  wanted: (health: GatewayHealth) => boolean,
): Promise<GatewayHealth> {
  for (;;) {
    const health = await healthOf(edge);
    if (wanted(health)) return health;
    await wait(30);
  }
}

/** Connected, and nothing waits any more. */
export function isDrained({ uplink, buffer }: GatewayHealth): boolean {
  return uplink.state === 'connected' && buffer.batches === 0;
}

/** Lines of the agent's log with that problem code. */
export function logLines(edge: RunningEdge, code: string): string[] {
  return edge
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"code":"${code}"`));
}
