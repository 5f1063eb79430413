import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, startCloud, startProgram } from '../programs.ts';
import { sourcesOf } from './load.ts';
import type { OpenReader, Reader, ReaderOptions } from './reader.ts';

/** Reading the configuration of a hundred thousand tags takes its time. */
const startLimitMs = 300_000;

/** Where a gateway delivers to. */
export interface Uplink {
  readonly url: string;
  readonly code: string;
  /** What came since the last time, of tags of that interval; a second unless told. */
  figures(intervalMs?: number): Promise<object>;
  stop(): Promise<void>;
}

/** Ours with its durable buffer, delivering to an acknowledging sink or to the real cloud. */
export const gongfuToSink: OpenReader = async (options) => started(options, await startSink());

export const gongfuToCloud: OpenReader = async (options) => {
  const cloud = await startCloud(options.folder);
  return started(options, {
    url: cloud.url,
    code: await cloud.code('bench-edge'),
    figures: async () => ({}),
    stop: () => cloud.stop(),
  });
};

function started(options: ReaderOptions, uplink: Uplink): Promise<Reader> {
  const { folder, load } = options;
  return startGongfu({ uplink, folder, sources: modbusSources(options), intervalMs: load.intervalMs });
}

export interface GongfuOptions {
  readonly uplink: Uplink;
  readonly folder: string;
  /** What stands below `sources:`, YAML. */
  readonly sources: string;
  /** More keys of the configuration, YAML. */
  readonly settings?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of most tags; a second unless told. */
  readonly intervalMs?: number;
}

/** The agent, with batches of one second. */
export async function startGongfu({
  uplink,
  folder,
  sources,
  settings = '',
  env = {},
  intervalMs = 1000,
}: GongfuOptions): Promise<Reader> {
  const config = join(folder, 'edge.yaml');
  writeFileSync(
    config,
    `gateway: { name: bench-edge }
uplink: { url: "${uplink.url}" }
buffer: { path: "${join(folder, 'buffer')}", commitInterval: 1s }
status: { port: 0 }
log: { level: warn }
${settings}
sources:
${sources}`,
  );
  const edge = startProgram('edge/bin/gongfu-edge.js', ['run', '-c', config, '--code', uplink.code], env);
  const status = (await edge.line(/status=(\S+)/, startLimitMs))[1] ?? '';
  return {
    pid: edge.pid,
    figures: async () => ({ uplink: await uplink.figures(intervalMs), ...(await healthOf(status)) }),
    async stop() {
      await edge.stop();
      await uplink.stop();
    },
  };
}

export async function startSink(): Promise<Uplink & Pick<Program, 'pid'>> {
  const sink = startProgram('deploy/dist/bench/edge/sink-process.js', []);
  const port = (await sink.line(/"port":(\d+)/))[1];
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: sink.pid,
    url,
    code: 'BENCH',
    figures: async (intervalMs = 1000) =>
      (await (await fetch(`${url}/figures?intervalMs=${intervalMs}`)).json()) as object,
    stop: () => sink.stop(),
  };
}

/** Of the agent's own health page. */
async function healthOf(status: string): Promise<object> {
  const { acknowledgementMs, uplink, sources } = (await (await fetch(`${status}/healthz`)).json()) as {
    acknowledgementMs?: unknown;
    uplink?: { acknowledgementMs?: unknown };
    sources: { groups: { skippedTotal: number }[] }[];
  };
  const groups = sources.flatMap((source) => source.groups);
  return {
    acknowledgementMs: acknowledgementMs ?? uplink?.acknowledgementMs,
    pollsSkippedSinceStart: groups.reduce((sum, { skippedTotal }) => sum + skippedTotal, 0),
  };
}

/** Every register of the load as a tag, YAML. */
export function modbusSources({ load, port }: Pick<ReaderOptions, 'load' | 'port'>): string {
  return sourcesOf(load)
    .map(({ name, unitId, tags }) => {
      const lines = Array.from(
        { length: tags },
        (_, n) => `    - { name: r${n}, address: "holding:${n}", type: uint16 }`,
      );
      return `- name: ${name}
  driver: modbus
  host: 127.0.0.1
  port: ${port}
  unitId: ${unitId}
  interval: ${load.intervalMs}ms
  tags:
${lines.join('\n')}
`;
    })
    .join('');
}
