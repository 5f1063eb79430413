import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { stringify } from 'yaml';
import { ChildProgram } from './child-program.ts';
import { CloudClient, type SignIn } from './cloud-client.ts';
import type { DemoSettings } from './demo-settings.ts';
import { freePort, requirePort } from './free-port.ts';
import { stationCycleMs } from './simulation/assembly-line.ts';
import { conveyorCycleMs, pressCycleMs } from './simulation/curing-line.ts';

const loopback = '127.0.0.1';
const gatewayName = 'demo-gateway';
const launchMs = 60_000;
/** A night is much to compute: seconds here, minutes on a slow or busy machine. */
const pastMs = 240_000;
const deliveryMs = 150_000;

export interface DemoStackOptions {
  readonly settings: DemoSettings;
  /** Folder of the repository. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

export interface DemoReady {
  readonly url: string;
  /** The first administrator, as long as nobody has been shown its password. */
  readonly signIn: SignIn | undefined;
}

/** The whole demonstration: two plants, the cloud, and a gateway between them. */
export class DemoStack {
  readonly #options: DemoStackOptions;
  readonly #programs: ChildProgram[] = [];
  #stopping: Promise<void> | undefined;

  constructor(options: DemoStackOptions) {
    this.#options = options;
  }

  /** @throws Problem with what a person can do; `stop` has to be called then too. */
  async start(): Promise<DemoReady> {
    const { settings, clock, say } = this.#options;
    if (settings.port !== 0) await requirePort(settings.port, settings.host);
    mkdirSync(settings.dataFolder, { recursive: true });
    const port = settings.port === 0 ? await freePort(settings.host) : settings.port;
    const url = `http://${['0.0.0.0', '::'].includes(settings.host) ? loopback : settings.host}:${port}`;
    const cloud = new CloudClient({ url, clock });
    const [{ pastSamples, ...plantPorts }] = await Promise.all([this.#startPlants(), this.#startCloud(port)]);
    await cloud.untilReady(launchMs);
    const signIn = this.#keptSignIn();
    const code = signIn === undefined ? undefined : await cloud.enrolmentCode(signIn, gatewayName);
    await this.#startEdge(url, code, plantPorts);
    await cloud.untilSamplesArrive(0, launchMs);
    // A slow machine takes its time over a night; that is no reason not to begin.
    await cloud.untilSamplesArrive(pastSamples, deliveryMs).catch((error: unknown) => say(messageOf(error)));
    return { url, signIn };
  }

  /** The password has reached a person: from now on only its hash exists. */
  forgetSignIn(): void {
    rmSync(this.#signInFile, { force: true });
  }

  /** Ends every program in order: the gateway hands over what it has, then the cloud and the plants end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const program of this.#programs) program.retire();
    const inOrder = [...this.#programs].reverse();
    const [last, ...others] = inOrder;
    await last?.stop();
    await Promise.all(others.map((program) => program.stop()));
  }

  async #startPlants(): Promise<{ modbus: number; opcua: number; pastSamples: number }> {
    const { settings } = this.#options;
    const folder = join(settings.dataFolder, 'plant');
    const pastSamples = await this.#livePast(folder);
    const [modbus, opcua] = [await freePort(loopback), await freePort(loopback)];
    const launch = async (name: string, line: string, protocolPort: number): Promise<void> => {
      const flags = ['--seed', settings.seed, '--speed', String(settings.speed), '--port', String(protocolPort)];
      const files = ['--ledger', join(folder, `${line}.ledger.jsonl`), '--totals', join(folder, `${line}.totals.json`)];
      const script = this.#path(`deploy/dist/demo/${name}.js`);
      const program = this.#program(name, script, [...flags, ...files, '--pki', join(folder, 'pki')], {});
      await program.launch(/"ready":true/, launchMs);
    };
    await Promise.all([launch('modbus-plant', 'line-1', modbus), launch('opcua-plant', 'line-2', opcua)]);
    return { modbus, opcua, pastSamples };
  }

  /** At the first start only; how many samples of it wait in the gateway's buffer. */
  async #livePast(plantFolder: string): Promise<number> {
    const { settings, say } = this.#options;
    if (!settings.hasPast || existsSync(plantFolder) || existsSync(this.#edgeFolder)) return 0;
    say('First start: the plant lives through the shift before this one and up to now');
    const flags = ['--seed', settings.seed, '--speed', String(settings.speed), '--folder', plantFolder];
    const files = ['--edge', this.#path('deploy/demo/edge.yaml'), '--plant', this.#path('deploy/demo/plant.yaml')];
    const program = this.#program('past', this.#path('deploy/dist/demo/past-process.js'), [...flags, ...files], {
      GONGFU_CLOUD_URL: `http://${loopback}`,
      GONGFU_EDGE_DATA: this.#edgeFolder,
      DEMO_MODBUS_PORT: '1',
      DEMO_OPCUA_PORT: '1',
    });
    const lines = await program.launch(/"past":true/, pastMs);
    await program.stop();
    this.#programs.splice(this.#programs.indexOf(program), 1);
    return (JSON.parse(lines.at(-1) ?? '') as { samples: number }).samples;
  }

  get #edgeFolder(): string {
    return join(this.#options.settings.dataFolder, 'edge');
  }

  async #startCloud(port: number): Promise<void> {
    const { settings } = this.#options;
    const folder = join(settings.dataFolder, 'cloud');
    const config = join(settings.dataFolder, 'cloud.yaml');
    const plant = { file: this.#path('deploy/demo/plant.yaml') };
    writeFileSync(config, stringify({ http: { port, host: settings.host }, data: { path: folder }, plant }));
    const program = this.#program('cloud', this.#path('cloud/bin/gongfu-cloud.js'), ['run', '-c', config], {
      PORT: String(port),
      HOST: settings.host,
      DATA_DIR: folder,
      DEMO_PRESS_CYCLE_MS: this.#wallMs(pressCycleMs),
      DEMO_CONVEYOR_CYCLE_MS: this.#wallMs(conveyorCycleMs),
      DEMO_STATION_CYCLE_MS: this.#wallMs(stationCycleMs),
    });
    const lines = await program.launch(/^listening /, launchMs);
    for (const line of lines) {
      const [, user, password] = /^first administrator user=(\S+) password=(\S+)/.exec(line) ?? [];
      if (user !== undefined && password !== undefined) this.#keepSignIn({ user, password });
    }
  }

  async #startEdge(url: string, code: string | undefined, plant: { modbus: number; opcua: number }): Promise<void> {
    const { env } = this.#options;
    const folder = this.#edgeFolder;
    mkdirSync(folder, { recursive: true });
    const config = this.#path('deploy/demo/edge.yaml');
    const program = this.#program('edge', this.#path('edge/bin/gongfu-edge.js'), ['run', '-c', config], {
      GONGFU_CLOUD_URL: url,
      GONGFU_CODE: code ?? env.GONGFU_CODE ?? '',
      GONGFU_EDGE_DATA: folder,
      DEMO_MODBUS_PORT: String(plant.modbus),
      DEMO_OPCUA_PORT: String(plant.opcua),
    });
    await program.launch(/^running /, launchMs);
  }

  #program(name: string, script: string, args: readonly string[], more: Record<string, string>): ChildProgram {
    const { settings, env, clock, random, say } = this.#options;
    if (this.#stopping !== undefined) throw new Error('The demonstration is being stopped.');
    const logFile = join(settings.dataFolder, 'logs', `${name}.log`);
    const program = new ChildProgram({ name, script, args, env: { ...env, ...more }, logFile, clock, random, say });
    this.#programs.push(program);
    return program;
  }

  #path(file: string): string {
    return join(this.#options.home, file);
  }

  /** What takes `plantMs` in the plant, as the cloud sees it. */
  #wallMs(plantMs: number): string {
    return String(Math.max(1, Math.round(plantMs / this.#options.settings.speed)));
  }

  get #signInFile(): string {
    return join(this.#options.settings.dataFolder, 'first-sign-in.json');
  }

  /** A first start that is broken off must not lose the only way in: kept until it has been shown. */
  #keepSignIn(signIn: SignIn): void {
    writeFileSync(this.#signInFile, JSON.stringify(signIn), { mode: 0o600 });
  }

  #keptSignIn(): SignIn | undefined {
    if (!existsSync(this.#signInFile)) return undefined;
    return JSON.parse(readFileSync(this.#signInFile, 'utf8')) as SignIn;
  }
}
