import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutFolder } from './source-tree.ts';

/** Reads two 64-bit integers of the curing plant and writes them here; the output as `deploy/docs/open-ingest.md` tells it. */
export async function telegrafSettings(at: { url: string; key: string; port: number }): Promise<string> {
  const { url, key, port } = at;
  const page = await readFile(join(checkoutFolder, 'deploy/docs/open-ingest.md'), 'utf8');
  const output = /```toml\n([^`]*)```/.exec(page)?.[1] ?? '';
  return `
[agent]
  interval = "100ms"
  flush_interval = "200ms"
  omit_hostname = true

${output.replace('http://127.0.0.1:8080', url).replace('KEY', key)}

[[inputs.modbus]]
  name = "press"
  controller = "tcp://127.0.0.1:${port}"
  configuration_type = "request"
  [[inputs.modbus.request]]
    slave_id = 1
    byte_order = "ABCD"
    register = "holding"
    fields = [{ address = 120, name = "strokes", type = "UINT64" }]
  [[inputs.modbus.request]]
    slave_id = 2
    byte_order = "ABCD"
    register = "input"
    fields = [{ address = 12, name = "energy", type = "INT64" }]
`;
}
