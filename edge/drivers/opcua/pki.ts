import { createRequire } from 'node:module';
import type { OPCUAClientOptions } from 'node-opcua-client';
import { CertificateList } from './certificate-list.ts';

export type CertificateStore = NonNullable<OPCUAClientOptions['clientCertificateManager']>;

interface CertificateKeeper {
  initialize(): Promise<void>;
  reloadCertificates(): Promise<void>;
  dispose(): Promise<void>;
  referenceCounter: number;
}

interface KeeperModule {
  readonly OPCUACertificateManager: new (options: {
    rootFolder: string;
    automaticallyAcceptUnknownCertificate: boolean;
    disableFileWatchers: boolean;
  }) => CertificateKeeper & CertificateStore;
}

/** The certificate part is the client's own copy: a second one beside it would not be accepted by the client. */
const require = createRequire(createRequire(import.meta.url).resolve('node-opcua-client'));

/**
 * Our key, our certificate and the server certificates a person has trusted, in one folder. One for each folder and process:
 * two at once race for the first key and write over one another.
 */
export class Pki {
  static readonly #open = new Map<string, Pki>();
  readonly list: CertificateList;
  #users = 0;
  #keeper: (CertificateKeeper & CertificateStore) | undefined;
  #ready: Promise<void> = Promise.resolve();

  private constructor(folder: string) {
    this.list = new CertificateList(folder);
  }

  /** Same folder, same object. Inert until `acquire`. */
  static at(folder: string): Pki {
    const pki = Pki.#open.get(folder) ?? new Pki(folder);
    Pki.#open.set(folder, pki);
    return pki;
  }

  /** Keeps the store open until `release`, although nobody may be using it at times. */
  hold(): void {
    this.#users += 1;
  }

  /** The store, made at the first call; each call needs its `release`. Sees what a person moved into the trusted folder since. */
  async acquire(): Promise<CertificateStore> {
    this.hold();
    const keeper = this.#keeper ?? this.#begin();
    try {
      await this.#ready;
      await keeper.reloadCertificates();
      return keeper;
    } catch (error) {
      if (this.#keeper === keeper) this.#keeper = undefined;
      await this.release();
      throw error;
    }
  }

  async release(): Promise<void> {
    this.#users -= 1;
    const keeper = this.#keeper;
    if (this.#users > 0 || keeper === undefined) return;
    this.#keeper = undefined;
    await this.#ready.catch(() => undefined);
    keeper.referenceCounter = 0;
    await keeper.dispose();
  }

  #begin(): CertificateKeeper & CertificateStore {
    const { OPCUACertificateManager } = require('node-opcua-certificate-manager') as KeeperModule;
    const keeper = new OPCUACertificateManager({
      rootFolder: this.list.folder,
      automaticallyAcceptUnknownCertificate: false,
      disableFileWatchers: true,
    });
    // Each client gives back one use when it ends; ours keeps the store open between two of them.
    keeper.referenceCounter += 1;
    this.#keeper = keeper;
    this.#ready = keeper.initialize();
    return keeper;
  }
}
