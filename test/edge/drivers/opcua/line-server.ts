import { Collected } from '#test/kit/collected';
import { temporaryFolder } from '#test/kit/folders';
import { OpcuaServerProcess, type OpcuaVariable } from '#test/kit/opcua-server';

/** Namespace of all that the server has. */
export const line = 'http://line.test/';

export type LineVariable = Omit<OpcuaVariable, 'namespaceUri'>;

/** A server with those variables and an empty folder, both gone when the work is done, and with them what was begun by `collect`. */
export async function withLineServer(
  variables: readonly LineVariable[],
  work: (plant: {
    readonly server: OpcuaServerProcess;
    readonly folder: string;
    /** Reads the sources, given as YAML, from now on. */
    collect(sources: string): Promise<Collected>;
  }) => Promise<void>,
): Promise<void> {
  const { folder, remove } = temporaryFolder();
  const server = await OpcuaServerProcess.start({
    port: 0,
    folder,
    namespaces: [line],
    variables: variables.map((variable) => ({ namespaceUri: line, ...variable })),
  });
  let collected: Collected | undefined;
  const collect = async (sources: string): Promise<Collected> => {
    collected = new Collected(sources);
    await collected.start();
    return collected;
  };
  try {
    await work({ server, folder, collect });
  } finally {
    await collected?.stop();
    await server.kill();
    remove();
  }
}
