import { builtServer, startServer, withoutServer } from './server-process.ts';

/** A server that speaks MongoDB's wire protocol. */
export interface MongoServer {
  readonly host: string;
  readonly port: number;
  /** A database of its own on it; by way of a port of the loopback where one is given. */
  uri(database: string, viaPort?: number): string;
  stop(): Promise<void>;
}

/** The user's own of `MONGODB_URI`, else FerretDB on a free port of the loopback. */
export async function requireMongo(context: Mocha.Context): Promise<MongoServer> {
  const own = process.env.MONGODB_URI;
  if (own !== undefined && own !== '') return serverAt(own, async () => {});
  const program = builtServer('ferretdb-1.24.2/ferretdb');
  if (program === undefined) return withoutServer(context, 'FerretDB', 'MONGODB_URI');
  const server = await startServer(program, (folder) => ['127.0.0.1:0', folder], /^listening (\S+)$/m);
  // It changes a document in two steps; one connection, which it serves in order, keeps two changes apart.
  return serverAt(`${server.ready[1]}?maxPoolSize=1`, server.stop);
}

function serverAt(uri: string, stop: () => Promise<void>): MongoServer {
  const { hostname, port } = new URL(uri);
  return {
    host: hostname,
    port: Number(port === '' ? 27_017 : port),
    uri(database, viaPort) {
      const url = new URL(uri);
      url.pathname = `/${database}`;
      if (viaPort !== undefined) url.host = `127.0.0.1:${viaPort}`;
      return url.href;
    },
    stop,
  };
}
