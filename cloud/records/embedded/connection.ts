import mongoose from 'mongoose';
import { EmbeddedDatabase } from './database.ts';
import { refused } from './store-error.ts';

/** What mongoose's base connection keeps on itself beyond its published types. */
interface ConnectionInside {
  client: object | undefined;
  config: Record<string, unknown>;
  _connectionString: string;
  _closeCalled: boolean;
  onOpen(): void;
}

const uriStart = 'embedded:';

export function embeddedUri(folder: string): string {
  return uriStart + folder;
}

/** mongoose's base connection with the embedded database where the MongoDB driver would have its client. */
export class EmbeddedConnection extends mongoose.BaseConnection {
  #database: EmbeddedDatabase | undefined;

  /** Called by openUri. @throws Problem `records-in-use`, `records-damaged` */
  async createClient(uri: string, options?: Record<string, unknown>): Promise<this> {
    const inside = this as unknown as ConnectionInside;
    for (const name of ['autoIndex', 'autoCreate', 'bufferCommands']) {
      if (options?.[name] !== undefined) inside.config[name] = options[name];
    }
    const database = new EmbeddedDatabase({ folder: uri.slice(uriStart.length) });
    try {
      database.open();
    } catch (error) {
      await database.close();
      throw error;
    }
    this.#database = database;
    inside._connectionString = uri;
    inside.client = { db: () => database };
    Object.assign(this, { db: database, name: database.databaseName, host: '', port: 0 });
    inside._closeCalled = false;
    inside.onOpen();
    return this;
  }

  async doClose(): Promise<this> {
    await this.#database?.close();
    this.#database = undefined;
    return this;
  }

  /** False after a failed write: memory is then ahead of the disk and nothing is served. */
  get usable(): boolean {
    return this.#database?.usable === true;
  }

  /** @throws Problem `records-closed` */
  async backUp(folder: string): Promise<void> {
    if (this.#database === undefined) throw refused('A copy of a closed store');
    await this.#database.copyTo(folder);
  }

  override startSession(): Promise<never> {
    return Promise.reject(refused('A session or transaction'));
  }

  override useDb(): never {
    throw refused('A second database');
  }

  override watch(): never {
    throw refused('A change stream');
  }
}
