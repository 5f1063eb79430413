import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startForeign } from '../programs.ts';
import { installed } from '../stores/peer.ts';
import { type LoadSource, registersPerRequest, sourcesOf } from './load.ts';
import type { OpenReader, Reader } from './reader.ts';

/** Telegraf with one `inputs.modbus` a source in its `request` style, and `outputs.discard`. */
export const telegrafReader: OpenReader = async ({ load, port, folder }) =>
  startTelegraf(
    folder,
    load.intervalMs,
    sourcesOf(load).map((source) => modbusInput(source, port)),
  );

/** Undefined where it is not built. */
export function startTelegraf(folder: string, intervalMs: number, inputs: readonly string[]): Reader | undefined {
  const telegraf = installed('telegraf-1.37.2/telegraf');
  if (telegraf === undefined) return undefined;
  const settings = join(folder, 'telegraf.conf');
  writeFileSync(settings, `${agentSettings(intervalMs)}\n${inputs.join('\n')}\n[[outputs.discard]]\n`);
  const { pid, stop } = startForeign([telegraf, '--config', settings], {}, folder);
  return { pid, stop, figures: async () => ({}) };
}

function agentSettings(intervalMs: number): string {
  return `[agent]
  interval = "${intervalMs}ms"
  flush_interval = "1s"
  omit_hostname = true
  metric_buffer_limit = 1000000
  quiet = true`;
}

function modbusInput({ name, unitId, tags }: LoadSource, port: number): string {
  const requests: string[] = [];
  for (let start = 0; start < tags; start += registersPerRequest) {
    const fields = Array.from({ length: Math.min(registersPerRequest, tags - start) }, (_, i) => start + i).map(
      (address) => `    { address = ${address}, name = "r${address}", type = "UINT16" },`,
    );
    requests.push(`  [[inputs.modbus.request]]
    slave_id = ${unitId}
    byte_order = "ABCD"
    register = "holding"
    fields = [
${fields.join('\n')}
    ]`);
  }
  return `[[inputs.modbus]]
  name = "${name}"
  controller = "tcp://127.0.0.1:${port}"
  timeout = "1s"
  configuration_type = "request"
${requests.join('\n')}`;
}
