import { browseServer } from './browse.ts';
import { browsedCsv, browsedYaml } from './browse-text.ts';
import { createClient, userOf } from './client.ts';
import { plantYaml } from './companion/plant-text.ts';
import type { OpcuaSource } from './config.ts';
import { codesWorthAsking, diagnose } from './diagnosis.ts';
import { discoverEndpoints } from './discovery.ts';
import { Pki } from './pki.ts';

export interface BrowseRequest {
  readonly source: OpcuaSource;
  /** The `pki` folder of the installation. */
  readonly folder: string;
  readonly format: BrowseFormat;
  /** Name of the gateway the assets are read by. */
  readonly gateway: string;
}

/** csv: a table of tags; yaml: a source; plant: assets and state mappings proposed from companion models. */
type BrowseFormat = 'csv' | 'yaml' | 'plant';

/** What `gongfu-edge browse` prints. @throws Problem as a source would have it, for the same reasons */
export async function answerBrowse({ source, folder, format, gateway }: BrowseRequest): Promise<string> {
  const pki = Pki.at(folder);
  const certificates = await pki.acquire();
  const client = createClient(source, certificates);
  try {
    await client.connect(source.endpoint);
    const session = await client.createSession(userOf(source));
    const server = await browseServer(session);
    await session.close();
    if (format === 'plant') return plantYaml(source.endpoint, gateway, server.machines);
    return format === 'csv' ? browsedCsv(server) : browsedYaml(source.endpoint, server);
  } catch (error) {
    const scene = { source, certificates: pki.list, offered: [] };
    const problem = diagnose(error, scene);
    if (!codesWorthAsking.includes(problem.code)) throw problem;
    const offered = await discoverEndpoints(source, certificates).catch(() => []);
    throw diagnose(error, { ...scene, offered });
  } finally {
    await client.disconnect().catch(() => undefined);
    await pki.release();
  }
}
