import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CountingServer } from '../kit/counting-server.ts';
import { EdgeCloud } from '../kit/edge-cloud.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, untilHealth } from '../kit/gateway.ts';
import { OpcuaServerProcess } from '../kit/opcua-server.ts';
import { startCommand } from '../kit/programs.ts';
import { checkoutFolder } from '../kit/source-tree.ts';
import { until } from '../kit/until.ts';

const run = promisify(execFile);
const inDeb = 'usr/lib/gongfu-edge/gongfu-edge';

/** What an installer is handed, made as `npm run package` makes it, and used as an installer uses it. */
describe('packages of the gateway', function () {
  this.timeout(240_000);
  const place = temporaryFolder();
  const out = join(place.folder, 'out');
  const root = join(place.folder, 'root');
  const server = new CountingServer();
  let executable: string;
  let deb: string;
  let port: number;
  let robot: OpcuaServerProcess;

  before(async () => {
    port = await server.start();
    robot = await OpcuaServerProcess.start({
      port: 0,
      folder: join(place.folder, 'robot'),
      namespaces: ['http://robot.example'],
      variables: [{ namespaceUri: 'http://robot.example', identifier: 's=Robot.State', type: 'Int32', value: 3 }],
    });
    await run(process.execPath, [join(checkoutFolder, 'deploy/dist/package/package.js'), '--fast', '--out', out]);
    const named = (pattern: RegExp) => {
      const found = readdirSync(out).filter((name) => pattern.test(name));
      expect(found, String(pattern)).to.have.length(1);
      return join(out, found[0]!);
    };
    executable = named(/^gongfu-edge-[\d.]+-linux-(x64|arm64)$/);
    deb = named(/^gongfu-edge_[\d.]+_(amd64|arm64)\.deb$/);
    named(/^gongfu-edge-[\d.]+\.tgz$/);
    named(/^gongfu-shared-[\d.]+\.tgz$/);
  });
  after(async () => {
    await robot?.kill();
    await server.stop();
    place.remove();
  });

  /** Enrols, reads Modbus, loads OPC UA and the serial line, delivers, stops. */
  const works = async (file: string, name: string, home: string) => {
    const cloud = new EdgeCloud();
    await cloud.start();
    const sources = `${counterSource(port)}
  - name: line
    driver: modbus
    serial: { path: /dev/no-such-line }
    tags: [{ name: a, address: 40001, type: int16 }]
  - name: robot
    driver: opcua
    endpoint: ${robot.endpoint}
    tags: [{ name: state, nodeId: "ns=2;s=Robot.State", type: int32 }]`;
    const config = join(place.folder, `${name}.yaml`);
    writeFileSync(config, gatewayConfig({ name, url: cloud.url, buffer: join(place.folder, name), sources }));
    const env = { HOME: home, GONGFU_CODE: 'ABCD', PATH: '/usr/bin:/bin' };
    const { program, line } = await startCommand(
      file,
      ['run', '-c', config],
      env,
      /^running gateway=\S+ status=(\S+)$/m,
    );
    try {
      await until(() => cloud.stored.size > 3);
      const edge = { ...program, statusUrl: line[1]!, configFile: config };
      const { sources: read } = await untilHealth(edge, (health) =>
        health.sources.every(({ state }) => state !== 'connecting'),
      );
      expect(read.map(({ state }) => state)).to.deep.equal(['connected', 'failing', 'connected']);
      expect(read[1]!.detail, 'said by the serial port itself').to.contain('cannot open /dev/no-such-line');
      const reloaded = await run(file, ['reload', '-c', config], { env });
      expect(reloaded.stdout).to.match(/^reloaded: gateway /);
    } finally {
      const code = await program.stop();
      await cloud.stop();
      expect(code, program.stderr()).to.equal(0);
    }
  };

  it('the single executable needs nothing but itself, and lays its native parts down for this user alone', async () => {
    const home = join(place.folder, 'home');
    mkdirSync(home);
    await works(executable, 'single', home);
    const cache = join(home, '.cache/gongfu-edge');
    expect(statSync(cache).mode & 0o777).to.equal(0o700);
    const laid = readdirSync(cache).map((name) => name.replace(/-[0-9a-f]{24}\./, '-HASH.'));
    expect(laid.sort()).to.deep.equal(['lmdb-HASH.node', 'serialport-HASH.node']);
  });

  it('the .deb is as Debian wants it: control, owners, modes, sums, nothing where it does not belong', async () => {
    const field = async (name: string) => (await run('dpkg-deb', ['--field', deb, name])).stdout.trim();
    const { version } = JSON.parse(readFileSync(join(checkoutFolder, 'edge/package.json'), 'utf8')) as {
      version: string;
    };
    expect([await field('Package'), await field('Version')]).to.deep.equal(['gongfu-edge', version]);
    expect(await field('Depends')).to.match(/^libc6 \(>= 2\.\d+\), libstdc\+\+6, libgcc-s1$/);
    const control = join(place.folder, 'control');
    await run('dpkg-deb', ['--control', deb, control]);
    expect(readdirSync(control).sort()).to.deep.equal([
      'conffiles',
      'control',
      'md5sums',
      'postinst',
      'postrm',
      'prerm',
    ]);
    expect(readFileSync(join(control, 'conffiles'), 'utf8')).to.equal('/etc/gongfu/edge.yaml\n');
    for (const script of ['postinst', 'postrm', 'prerm']) await run('sh', ['-n', join(control, script)]);

    const { stdout } = await run('dpkg-deb', ['--contents', deb]);
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(new Set(entries.map(([, owner]) => owner))).to.deep.equal(new Set(['root/root']));
    const modes = (pattern: RegExp) => new Set(entries.filter((one) => pattern.test(one[5]!)).map(([mode]) => mode));
    expect(modes(/\/$/)).to.deep.equal(new Set(['drwxr-xr-x']));
    expect(modes(/gongfu-edge\/gongfu-edge$/)).to.deep.equal(new Set(['-rwxr-xr-x']));
    expect(modes(/\.(yaml|service|md|gz|node)$|copyright$/)).to.deep.equal(new Set(['-rw-r--r--']));
    const top = new Set(entries.map((one) => one[5]!.split('/').slice(0, 3).join('/')));
    expect(top).to.deep.equal(
      new Set(['./', './etc/', './etc/gongfu', './usr/', './usr/bin', './usr/lib', './usr/share']),
    );
  });

  it('installs with dpkg, runs, is removed without its data and purged with it', async () => {
    mkdirSync(join(root, 'var/lib/dpkg/updates'), { recursive: true });
    mkdirSync(join(root, 'var/lib/dpkg/info'));
    writeFileSync(join(root, 'var/lib/dpkg/status'), '');
    const forces = ['script-chrootless', 'not-root', 'depends', 'bad-path'].map((what) => `--force-${what}`);
    const dpkg = (...words: string[]) => run('dpkg', [`--root=${root}`, '--log=/dev/null', ...forces, ...words]);
    await dpkg('--install', deb);
    await run('md5sum', ['--check', '--quiet', join(root, 'var/lib/dpkg/info/gongfu-edge.md5sums')], { cwd: root });
    const installed = join(root, 'usr/bin/gongfu-edge');
    const shipped = join(root, 'etc/gongfu/edge.yaml');
    expect((await run(installed, ['check', '-c', shipped])).stdout).to.match(/^OK: gateway gateway-1, 0 sources/m);
    expect(readFileSync(join(root, 'usr/share/doc/gongfu-edge/copyright'), 'utf8')).to.match(/^lmdb \S+ \(MIT\)$/m);
    const home = join(place.folder, 'no-home');
    await works(installed, 'installed', home);
    expect(existsSync(home), 'the native parts lie beside it').to.equal(false);

    writeFileSync(shipped, `${readFileSync(shipped, 'utf8')}# mine\n`);
    await dpkg('--install', deb);
    expect(readFileSync(shipped, 'utf8'), 'an upgrade leaves what was changed').to.match(/# mine\n$/);
    const data = join(root, 'var/lib/gongfu-edge');
    mkdirSync(data);
    writeFileSync(join(data, 'identity.json'), 'key');
    await dpkg('--remove', 'gongfu-edge');
    expect([existsSync(installed), existsSync(join(data, 'identity.json')), existsSync(shipped)]).to.deep.equal([
      false,
      true,
      true,
    ]);
    await dpkg('--purge', 'gongfu-edge');
    expect([existsSync(data), existsSync(join(root, 'etc'))]).to.deep.equal([false, false]);
  });

  it('its unit is that of the checkout with the program in the place of Node, and systemd understands it', async function () {
    const tree = join(place.folder, 'tree');
    await run('dpkg-deb', ['--extract', deb, tree]);
    const unit = join(tree, 'usr/lib/systemd/system/gongfu-edge.service');
    const text = readFileSync(unit, 'utf8');
    expect(text).to.not.contain('node');
    expect(text.match(/^Exec\w+=\S+/gm)).to.deep.equal([`ExecStart=/${inDeb}`, `ExecReload=/${inDeb}`]);
    if (!existsSync('/usr/bin/systemd-analyze')) {
      const advice = 'no systemd-analyze: install the package systemd';
      if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(advice);
      console.log(`      skipped: ${advice}`);
      this.skip();
    }
    writeFileSync(unit, text.replaceAll(`/${inDeb}`, join(tree, inDeb)));
    expect((await run('systemd-analyze', ['verify', '--man=no', unit])).stderr).to.equal('');
  });
});
