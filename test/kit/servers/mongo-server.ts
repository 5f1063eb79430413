import { builtServer, startServer, withoutServer } from './server-process.ts';

/** A server that speaks MongoDB's wire protocol. */
export interface MongoServer {
  /** A database of its own on it. */
  uri(database: string): string;
  stop(): Promise<void>;
}

/** The user's own of `MONGODB_URI`, else FerretDB on a free port of the loopback. */
export async function requireMongo(context: Mocha.Context): Promise<MongoServer> {
  const own = process.env.MONGODB_URI;
  if (own !== undefined && own !== '') return { uri: (database) => named(own, database), stop: async () => {} };
  const program = builtServer('ferretdb-1.24.2/ferretdb');
  if (program === undefined) return withoutServer(context, 'FerretDB', 'MONGODB_URI');
  const server = await startServer(program, (folder) => ['127.0.0.1:0', folder], /^listening (\S+)$/m);
  // It changes a document in two steps; one connection, which it serves in order, keeps two changes apart.
  const uri = `${server.ready[1]}?maxPoolSize=1`;
  return { uri: (database) => named(uri, database), stop: server.stop };
}

function named(uri: string, database: string): string {
  const url = new URL(uri);
  url.pathname = `/${database}`;
  return url.href;
}
