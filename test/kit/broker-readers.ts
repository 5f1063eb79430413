import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Api } from './api.ts';
import { requireBrowser } from './browser.ts';
import { temporaryFolder } from './folders.ts';
import { Mosquitto, requireMosquitto } from './mosquitto.ts';
import { type RunningCloud, startCloud } from './programs.ts';
import { type Python, requirePeers } from './python.ts';
import { type Visitor, visit } from './visitor.ts';

/** The service beside a broker, clients nobody here wrote, and a Chinese and an English reader of its pages. */
export class BrokerReaders {
  readonly broker = new Mosquitto();
  readonly #folder = temporaryFolder();
  #browser: Browser | undefined;
  #python: Python | undefined;
  #cloud: RunningCloud | undefined;
  #api: Api | undefined;

  /** For a `before` hook: whatever the machine must have for it, and the broker. */
  async require(context: Mocha.Context): Promise<void> {
    await requireMosquitto(context);
    this.#browser = await requireBrowser(context);
    this.#python = await requirePeers(context);
    await this.broker.start();
  }

  /** Starts the service on that plant (YAML), with these lines of its configuration. */
  async serve(plant: string, settings: readonly string[]): Promise<void> {
    const plantFile = join(this.folder, 'plant.yaml');
    writeFileSync(plantFile, plant);
    this.#cloud = await startCloud({ dataDir: join(this.folder, 'cloud'), plantFile, settings });
    this.#api = new Api(this.#cloud.url);
    await this.#api.signIn(this.#cloud);
  }

  get folder(): string {
    return this.#folder.folder;
  }

  get python(): Python {
    return this.#python!;
  }

  get cloud(): RunningCloud {
    return this.#cloud!;
  }

  /** Signed in as the administrator. */
  get api(): Api {
    return this.#api!;
  }

  /** Both readers, signed in: the Chinese one first. */
  async readers(): Promise<readonly [Visitor, Visitor]> {
    const { url, user, password } = this.cloud;
    const at = { url, user, password: String(password) };
    return Promise.all([visit(this.#browser!, at, 'zh-CN'), visit(this.#browser!, at, 'en')]);
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#cloud?.stop();
    await this.broker.remove();
    this.#folder.remove();
  }
}
