import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { Api } from '../kit/api.ts';
import { dockerfileOf } from '../kit/dockerfile.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { type RunningProgram, startCommand } from '../kit/programs.ts';
import { requireInflux } from '../kit/servers/influx-server.ts';
import { requireMongo } from '../kit/servers/mongo-server.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

const run = promisify(execFile);
const folder = join(checkoutFolder, 'deploy/images');
const files = readdirSync(folder).filter((file) => file.endsWith('.Dockerfile'));
/** As installed in the image, so here. */
const here = (words: readonly string[]) =>
  words.map((word) =>
    word.replace('/opt/gongfu/health.mjs', join(folder, 'health.mjs')).replace('/opt/gongfu', checkoutFolder),
  );

async function isHealthy(image: string, port: string | number): Promise<boolean> {
  const { healthcheck = [] } = dockerfileOf(image);
  const [program, ...words] = here(healthcheck).slice(0, -1);
  expect(program).to.equal('node');
  return run(process.execPath, [...words, String(port)]).then(
    () => true,
    ({ code }: { code?: number }) => {
      expect(code, 'its own exit code').to.equal(1);
      return false;
    },
  );
}

describe('images', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const programs: RunningProgram[] = [];

  after(async () => {
    for (const program of programs.reverse()) await program.stop();
    data.remove();
  });

  const start = async (image: string, ready: RegExp, env: Record<string, string>, more: readonly string[] = []) => {
    const { command, env: set } = dockerfileOf(image);
    const [node, bin, ...words] = here(command);
    expect(node).to.equal('node');
    const parameters = words.map((word) => (word.startsWith('/etc/gongfu/') ? join(data.folder, 'edge.yaml') : word));
    const started = await startCommand(bin!, [...parameters, ...more], { ...set, ...env }, ready);
    programs.push(started.program);
    return started;
  };

  it('take from the checkout and from the build only what is there', () => {
    expect(files).to.have.members(['cloud.Dockerfile', 'edge.Dockerfile', 'demo.Dockerfile']);
    for (const file of files) {
      const { copied, built } = dockerfileOf(`deploy/images/${file}`);
      const missing = [...copied, ...built].filter((path) => !existsSync(join(checkoutFolder, path)));
      expect(missing, file).to.deep.equal([]);
    }
  });

  it('have every file the packages are published with', () => {
    for (const program of ['cloud', 'edge']) {
      const { copied, built } = dockerfileOf(`deploy/images/${program}.Dockerfile`);
      for (const workspace of ['shared', program]) {
        const manifest = JSON.parse(readFileSync(join(checkoutFolder, workspace, 'package.json'), 'utf8')) as {
          files: string[];
        };
        const published = manifest.files.filter((file) => !file.startsWith('!')).map((file) => `${workspace}/${file}`);
        expect([...copied, ...built]).to.include.members(published);
      }
    }
  });

  it('are built for both processors from these files', () => {
    const bake = JSON.parse(readFileSync(join(folder, 'docker-bake.json'), 'utf8')) as {
      target: Record<string, { dockerfile: string; platforms: string[]; tags: string[] }>;
    };
    for (const [name, { dockerfile, platforms, tags }] of Object.entries(bake.target)) {
      expect(dockerfile).to.equal(`deploy/images/${name}.Dockerfile`);
      expect(platforms).to.deep.equal(['linux/amd64', 'linux/arm64']);
      expect(tags[0]).to.contain(`gongfu-${name}:`);
    }
  });

  it('run as the command they name, with secrets by file, and their health check answers', async () => {
    const image = 'deploy/images/cloud.Dockerfile';
    const env = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: join(data.folder, 'cloud') };
    const { program, line } = await start(image, /^listening (\S+)$/m, env);
    const { port } = new URL(line[1]!);
    expect(await isHealthy(image, port)).to.equal(true);

    const [, user, password] = /user=(\S+) password=(\S+)/.exec(program.stdout())!;
    const api = new Api(line[1]!);
    await api.signIn({ user: user!, password: password! });
    const example = readFileSync(join(checkoutFolder, 'deploy/edge.example.yaml'), 'utf8');
    mkdirSync(join(data.folder, 'edge'));
    const own = example
      .replace('http://cloud:8080', line[1]!)
      .replace('/var/lib/gongfu', join(data.folder, 'edge'))
      .replace('192.0.2.10', '127.0.0.1, port: 1');
    writeFileSync(
      join(data.folder, 'edge.yaml'),
      `${own.replace(/host: (.*), port: 1/, 'host: $1\n    port: 1')}status: { port: 0 }\n`,
    );
    writeFileSync(join(data.folder, 'code'), `${await api.code('gateway-1')}\n`);
    const edgeImage = 'deploy/images/edge.Dockerfile';
    const edge = await start(edgeImage, /^running gateway=gateway-1 status=(\S+)$/m, {
      GONGFU_CODE_FILE: join(data.folder, 'code'),
    });
    expect(await isHealthy(edgeImage, new URL(edge.line[1]!).port)).to.equal(true);
    expect((await edge.program.stop()) ?? 'killed', 'SIGTERM').to.equal(0);
    expect((await program.stop()) ?? 'killed', 'SIGTERM').to.equal(0);
    programs.length = 0;
    expect(await isHealthy(image, port)).to.equal(false);
  });

  it('run with the environment of the compose file on its servers', async function () {
    const influx = await requireInflux(this);
    const mongo = await requireMongo(this);
    try {
      const { url, token, org, bucket } = await influx.bucket();
      const secret = (name: string, text: string) => {
        writeFileSync(join(data.folder, name), text);
        return join(data.folder, name);
      };
      const env = {
        INFLUX_URL: url,
        INFLUX_ORG: org,
        INFLUX_BUCKET: bucket,
        INFLUX_TOKEN_FILE: secret('influx-token', token),
        MONGODB_URI_FILE: secret('mongodb-uri', mongo.uri('images')),
        LOG_LEVEL: 'info',
      };
      const text = readFileSync(join(checkoutFolder, 'deploy/compose.yaml'), 'utf8');
      const { services } = parse(text, { merge: true }) as { services: { cloud: { environment: object } } };
      expect(services.cloud.environment).to.have.all.keys(Object.keys(env));
      const place = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: join(data.folder, 'on-servers') };
      const image = 'deploy/images/cloud.Dockerfile';
      const { program, line } = await start(image, /^listening (\S+)$/m, { ...env, ...place });
      expect((await fetch(`${line[1]}/readyz`)).status).to.equal(200);
      expect(await isHealthy(image, new URL(line[1]!).port)).to.equal(true);
      expect(existsSync(join(place.DATA_DIR, 'history')), 'an embedded history').to.equal(false);
      expect(existsSync(join(place.DATA_DIR, 'records')), 'embedded records').to.equal(false);
      await program.stop();
    } finally {
      await mongo.stop();
      await influx.stop();
    }
  });

  it('a secret file that is not there ends the start with its name', async () => {
    const { command } = dockerfileOf('deploy/images/cloud.Dockerfile');
    const env = { ...process.env, DATA_DIR: join(data.folder, 'none'), MONGODB_URI_FILE: '/nowhere/uri' };
    const failed = await run(process.execPath, here(command).slice(1), { env }).then(
      () => expect.fail('it started'),
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.contain('MONGODB_URI_FILE names /nowhere/uri').and.contain('config-unreadable');
  });

  it('find favour with hadolint', async function () {
    const hadolint = join(checkoutFolder, '.cache/python/bin/hadolint');
    if (!existsSync(hadolint)) {
      const advice = 'no hadolint: run test/kit/install-peers.sh';
      if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(advice);
      console.log(`      skipped: ${advice}`);
      this.skip();
    }
    const { stdout } = await run(hadolint, ['--no-color', ...files.map((file) => join(folder, file))]);
    expect(stdout).to.equal('');
  });
});
