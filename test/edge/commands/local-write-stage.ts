import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EdgeCloud } from '../../kit/edge-cloud.ts';
import { temporaryFolder } from '../../kit/folders.ts';
import { ModbusPlc } from '../../kit/modbus-plc.ts';
import { type RunningEdge, runProgram, startEdge } from '../../kit/programs.ts';
import { until } from '../../kit/until.ts';

/** Coil that must be on for the set point to be written. */
export const door = 1;
export const password = 'three-blue-presses';

export interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A gateway people may write at, between a PLC with a spy on its wire and a cloud that says who must approve. */
export class LocalWriteStage {
  readonly plc = new ModbusPlc();
  readonly cloud = new EdgeCloud();
  readonly #place = temporaryFolder();
  readonly configFile = join(this.#place.folder, 'edge.yaml');
  edge!: RunningEdge;
  #keys = 0;

  async begin(): Promise<void> {
    await this.cloud.start();
    await this.plc.start();
    writeFileSync(this.configFile, this.config());
    await this.start();
  }

  async end(): Promise<void> {
    await this.edge?.stop();
    await this.cloud.stop();
    await this.plc.stop();
    this.#place.remove();
  }

  config(commands = '{ enabled: true, local: true }'): string {
    const machine = `driver: modbus, host: 127.0.0.1, port: ${this.plc.port}, timeout: 400ms, interval: 100ms`;
    return `
gateway: { name: gw-1 }
uplink: { url: "${this.cloud.url}", code: ABCD-EFGH }
buffer: { path: "${this.#place.folder}" }
status: { port: 0 }
commands: ${commands}
sources:
  - { name: oven, ${machine}, tags: [{ name: fixed, address: "holding:18", type: uint16 }] }
  - name: press
    ${machine.replaceAll(', ', '\n    ')}
    tags:
      - { name: setpoint, address: "holding:10", type: int16, scale: 0.1, unit: Cel, write: { min: 0, max: 90, interlock: { tag: door, equals: true } } }
      - { name: recipe, address: "holding:11", type: uint64, write: { min: 0, max: 1000000000000 } }
      - { name: pump, address: "holding:15", type: bool, bit: 3, write: {} }
      - { name: door, address: "coil:${door}", type: bool }
      - { name: fixed, address: "holding:17", type: uint16 }
`;
  }

  /** Connected to the cloud and reading. */
  async start(commands?: string): Promise<void> {
    const hellos = this.cloud.hellos.length;
    this.edge = await startEdge({ config: this.config(commands) });
    await until(() => this.cloud.hellos.length > hellos);
    const reads = this.plc.readsTotal;
    await until(() => this.plc.readsTotal > reads + 6);
  }

  async startAlone(): Promise<void> {
    this.edge = await startEdge({ config: this.config() });
  }

  /** The cloud says so from now on; undefined: nothing. */
  async sayApproval(needed: boolean | undefined): Promise<void> {
    this.cloud.secondApprover = needed;
    const hellos = this.cloud.hellos.length;
    this.cloud.cut();
    await until(() => this.cloud.hellos.length > hellos);
  }

  basic(secret = password): Record<string, string> {
    return { authorization: `Basic ${Buffer.from(`any:${secret}`).toString('base64')}` };
  }

  async post(path: string, body: unknown, headers = this.basic()): Promise<Told> {
    const response = await fetch(this.edge.statusUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Told['body'] };
  }

  /** A request of its own, but for the fields given. */
  asked(fields: object = {}): object {
    this.#keys += 1;
    const own = { key: `k-${this.#keys}`, expiresAt: Date.now() + 10_000, by: 'li.wei', reason: 'test' };
    return { tag: 'press/setpoint', value: 21.3, ...own, ...fields };
  }

  write(fields: object = {}, headers?: Record<string, string>): Promise<Told> {
    return this.post('/api/v1/writes', this.asked(fields), headers);
  }

  check(tag: string, value: unknown): Promise<Told> {
    return this.post('/api/v1/writes/check', { tag, value });
  }

  /** `gongfu-edge write`, with the password unless told otherwise. */
  program(parameters: readonly string[], env: Record<string, string> = { GONGFU_LOCAL_PASSWORD: password }) {
    const page = ['-c', this.configFile, '--page', this.edge.statusUrl];
    return runProgram('edge/bin/gongfu-edge.js', ['write', ...parameters, ...page], env);
  }

  setPassword() {
    return runProgram('edge/bin/gongfu-edge.js', ['password', '-c', this.configFile], {}, `${password}\n`);
  }

  /** What `gongfu-edge commands` says. */
  async listed(): Promise<string> {
    return (await runProgram('edge/bin/gongfu-edge.js', ['commands', '-c', this.configFile, '--all'])).stdout;
  }

  /** A browser without script: the cookie of a session, and the origin that is sent with a form. */
  async browser(language = 'en') {
    const origin = this.edge.statusUrl;
    const plain = { 'accept-language': language, origin, 'content-type': 'application/x-www-form-urlencoded' };
    const signIn = { method: 'POST', headers: plain, body: `password=${password}`, redirect: 'manual' } as const;
    const { headers } = await fetch(`${origin}/sign-in`, signIn);
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
    return async (path: string, form?: Record<string, string>, more: Record<string, string> = {}) => {
      const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form).toString() };
      const asking = { headers: { ...plain, cookie, ...more }, redirect: 'manual', ...body } as const;
      const response = await fetch(origin + path, asking);
      return { status: response.status, to: response.headers.get('location'), text: await response.text() };
    };
  }
}

/** `409 id-reused` */
export async function codeOf(answer: Promise<Told>): Promise<string> {
  const { status, body } = await answer;
  return `${status} ${body.code}`;
}

/** Of the forms on a page. */
export function hiddenFields(page: string): Record<string, string> {
  const fields = page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g);
  return Object.fromEntries(
    [...fields].map(([, name, value]) => [
      name!,
      value!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
    ]),
  );
}
