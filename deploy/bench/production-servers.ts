import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { influxPeer } from './stores/influx-peer.ts';
import { installed } from './stores/peer.ts';

const names = ['INFLUX_URL', 'INFLUX_TOKEN', 'INFLUX_ORG', 'INFLUX_BUCKET', 'MONGODB_URI'] as const;

/** An InfluxDB and a server of MongoDB's protocol, both empty. */
export interface ProductionServers {
  /** For the environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The user's own of the environment, else InfluxDB and FerretDB with their data in that folder; undefined where they are not built. */
export async function productionServers(folder: string): Promise<ProductionServers | undefined> {
  const own = Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  if (names.every((name) => name in own)) return { env: own, stop: async () => {} };
  const ferretdb = installed('ferretdb-1.24.2/ferretdb');
  const influx = ferretdb === undefined ? undefined : await influxPeer(join(folder, 'influx'));
  if (influx === undefined || ferretdb === undefined) return undefined;
  const mongo = await startFerretdb(ferretdb, join(folder, 'mongo'));
  const { url, token } = influx;
  return {
    env: {
      ...{ INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: 'bench', INFLUX_BUCKET: 'bench' },
      // It changes a document in two steps; one connection, which it serves in order, keeps two changes apart.
      MONGODB_URI: new URL('bench?maxPoolSize=1', mongo.url).href,
    },
    async stop() {
      await mongo.stop();
      await influx.stop();
    },
  };
}

async function startFerretdb(program: string, folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  mkdirSync(folder, { recursive: true });
  const child = spawn(program, ['127.0.0.1:0', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Whatever becomes of the bench, the server does not outlive it.
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  const gone = once(child, 'exit').finally(() => process.off('exit', last));
  for await (const line of createInterface(child.stdout)) {
    const [, url] = /^listening (\S+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      async stop() {
        child.kill('SIGTERM');
        await gone;
      },
    };
  }
  throw new Error(`${program} ended before it was ready`);
}
