import { randomBytes } from 'node:crypto';
import { builtServer, type ServerProcess, startServer, withoutServer } from './server-process.ts';

/** A bucket of its own on an InfluxDB 2 server, and who may use it. */
export interface InfluxPlace {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
}

/** PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A real InfluxDB 2. The methods here speak to it without TLS. */
export interface InfluxServer {
  readonly host: string;
  readonly port: number;
  /** Killed without a warning, and there again on the same port and data, over TLS where files are given; not where it is the user's own. */
  restart(tls?: TlsFiles): Promise<void>;
  /** By way of a port of the loopback where one is given. */
  bucket(viaPort?: number): Promise<InfluxPlace>;
  remove(place: InfluxPlace): Promise<void>;
  /** A token that may read and write every bucket, and what takes it away and gives it back. */
  token(): Promise<{ token: string; allow: (isAllowed: boolean) => Promise<void> }>;
  /** Line protocol straight into it, past everything of ours. */
  write(place: InfluxPlace, lines: string): Promise<void>;
  /** The answer to a Flux script, as CSV. */
  query(script: string): Promise<string>;
  stop(): Promise<void>;
}

const program = 'influxdb-2.7.12/influxd';
const readyLine = /msg=Listening .*port=(\d+)/;
const org = 'gongfu';
let buckets = 0;

/** The user's own of `INFLUX_URL` (with `INFLUX_TOKEN` and `INFLUX_ORG`), else one on a free port of the loopback. */
export async function requireInflux(context: Mocha.Context): Promise<InfluxServer> {
  const { INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG } = process.env;
  if (INFLUX_URL && INFLUX_TOKEN && INFLUX_ORG) return new Administrator(INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG);
  const file = builtServer(program);
  if (file === undefined) return withoutServer(context, 'InfluxDB', 'INFLUX_URL, INFLUX_TOKEN and INFLUX_ORG');
  return startInflux(file);
}

/** One of its own whose data lie in that folder. */
export async function influxIn(context: Mocha.Context, folder: string): Promise<InfluxServer> {
  const file = builtServer(program);
  if (file === undefined) return withoutServer(context, 'InfluxDB', 'nothing else: it is to be run here');
  return startInflux(file, folder);
}

async function startInflux(file: string, folder?: string): Promise<InfluxServer> {
  const server = await startServer(file, (own) => parametersOf(folder ?? own), readyLine);
  const url = `http://127.0.0.1:${server.ready[1]}`;
  const token = randomBytes(24).toString('hex');
  const setup = { username: 'gongfu', password: randomBytes(12).toString('hex'), org, bucket: 'first', token };
  await call(`${url}/api/v2/setup`, '', setup);
  return new Administrator(url, token, org, server, folder ?? server.folder);
}

function parametersOf(folder: string, port = 0, tls?: TlsFiles): string[] {
  return [
    `--bolt-path=${folder}/influxd.bolt`,
    `--sqlite-path=${folder}/influxd.sqlite`,
    `--engine-path=${folder}/engine`,
    `--http-bind-address=127.0.0.1:${port}`,
    '--reporting-disabled',
    ...(tls === undefined ? [] : [`--tls-cert=${tls.certificate}`, `--tls-key=${tls.key}`]),
  ];
}

class Administrator implements InfluxServer {
  readonly host: string;
  readonly port: number;
  readonly #processes: ServerProcess[];
  readonly #url: string;
  readonly #token: string;
  readonly #org: string;
  readonly #folder: string;

  constructor(url: string, token: string, organisation: string, server?: ServerProcess, folder = '') {
    const { hostname, port } = new URL(url);
    this.host = hostname;
    this.port = Number(port === '' ? 80 : port);
    this.#processes = server === undefined ? [] : [server];
    this.#url = url;
    this.#token = token;
    this.#org = organisation;
    this.#folder = folder;
  }

  async bucket(viaPort?: number): Promise<InfluxPlace> {
    buckets += 1;
    const bucket = `gongfu-test-${process.pid}-${buckets}`;
    await this.#call('/api/v2/buckets', { orgID: await this.#orgId(), name: bucket, retentionRules: [] });
    const url = viaPort === undefined ? this.#url : `http://127.0.0.1:${viaPort}`;
    return { url, token: this.#token, org: this.#org, bucket };
  }

  async remove({ bucket }: InfluxPlace): Promise<void> {
    const { buckets: found } = (await this.#call(`/api/v2/buckets?name=${bucket}`)) as { buckets: { id: string }[] };
    for (const { id } of found) await call(`${this.#url}/api/v2/buckets/${id}`, this.#token, undefined, 'DELETE');
  }

  async token(): Promise<{ token: string; allow: (isAllowed: boolean) => Promise<void> }> {
    const orgID = await this.#orgId();
    const permissions = ['read', 'write'].map((action) => ({ action, resource: { type: 'buckets', orgID } }));
    const made = (await this.#call('/api/v2/authorizations', { orgID, permissions })) as { id: string; token: string };
    const allow = async (isAllowed: boolean) => {
      const status = { status: isAllowed ? 'active' : 'inactive' };
      await call(`${this.#url}/api/v2/authorizations/${made.id}`, this.#token, status, 'PATCH');
    };
    return { token: made.token, allow };
  }

  async write({ bucket }: InfluxPlace, lines: string): Promise<void> {
    await call(`${this.#url}/api/v2/write?org=${this.#org}&bucket=${bucket}&precision=ns`, this.#token, lines);
  }

  async query(script: string): Promise<string> {
    return (await this.#call(`/api/v2/query?org=${this.#org}`, { query: script, type: 'flux' })) as string;
  }

  async restart(tls?: TlsFiles): Promise<void> {
    const last = this.#processes.at(-1);
    if (last === undefined) throw new Error("the user's own server is not restarted");
    last.signal('SIGKILL');
    await last.gone;
    const parameters = () => parametersOf(this.#folder, this.port, tls);
    this.#processes.push(await startServer(builtServer(program)!, parameters, readyLine));
  }

  async stop(): Promise<void> {
    for (const server of this.#processes.reverse()) await server.stop();
  }

  async #orgId(): Promise<string> {
    const { orgs } = (await this.#call(`/api/v2/orgs?org=${this.#org}`)) as { orgs: { id: string }[] };
    return orgs[0]!.id;
  }

  #call(path: string, body?: unknown): Promise<unknown> {
    return call(`${this.#url}${path}`, this.#token, body);
  }
}

async function call(url: string, token: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: `Token ${token}` }),
      ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text !== '' && response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as unknown) : text;
}
