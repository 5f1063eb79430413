import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig } from '../kit/gateway.ts';
import { runProgram, startCloud } from '../kit/programs.ts';

const edgeBin = 'edge/bin/gongfu-edge.js';
const cloudBin = 'cloud/bin/gongfu-cloud.js';

/** Edge configuration with every kind of fault, and what must be said of each. */
const wrongEdge = `gateway: { name: press hall }
bufer: { path: ./elsewhere }
buffer: { path: ./never-made, maxBytes: 5 }
uplink: { url: "http://127.0.0.1:9", code: "\${GONGFU_NO_SUCH_VARIABLE}" }
status: { port: eight }
sources:
  - name: plc
    driver: modbus
    host: 127.0.0.1
    intervall: 1s
    tags:
      - { name: a, address: "holding:0", type: int16 }
      - { name: a, address: "holding:1", type: int16 }
      - { name: b, address: "holding:65536", type: int16 }
      - { name: c, address: "holding:2", type: integer }
      - { name: d, address: "coil:2", type: int16 }
      - { name: e, adress: "holding:3", type: int16 }
  - name: plc
    driver: modbus-tcp
    tags: []
  - name: robot
    driver: opcua
    endpoint: opc.tcp://127.0.0.1:4840
    tags: [{ name: a, nodeId: "ns=two;s=A", type: double }]
`;
const wrongEdgePlaces = [
  /:1:18 {2}gateway\.name: /,
  /:2:1 {2}unknown key "bufer"; did you mean "buffer"\?/,
  /:3:41 {2}buffer\.maxBytes: must be a size with its unit/,
  /:4:44 {2}environment variable GONGFU_NO_SUCH_VARIABLE is not set/,
  /:5:17 {2}status\.port: must be a number, found "eight"/,
  /:10:5 {2}sources\[0\]: unknown key "intervall"; did you mean "interval"\?/,
  /:13:17 {2}sources\[0\]\.tags\[1\]\.name: a tag named "a" is there already/,
  /:14:29 {2}sources\[0\]\.tags\[2\]\.address: .*65535/,
  /:15:48 {2}sources\[0\]\.tags\[3\]\.type: must be bool, .*found "integer"/,
  /:16:45 {2}sources\[0\]\.tags\[4\]\.type: coil holds single bits/,
  /:17:9 {2}sources\[0\]\.tags\[5\]\.address: is missing/,
  /:17:20 {2}sources\[0\]\.tags\[5\]: unknown key "adress"; did you mean "address"\?/,
  /:18:11 {2}sources\[1\]\.name: a source named "plc" is there already/,
  /:19:13 {2}sources\[1\]\.driver: driver "modbus-tcp" is unknown; known: modbus, opcua/,
  /:24:31 {2}sources\[2\]\.tags\[0\]\.nodeId: this is not an OPC UA node id/,
  /:24:51 {2}sources\[2\]\.tags\[0\]\.type: must be bool, .*found "double"/,
];

const wrongCloud = `http: { prot: 8080, allowedOrigins: [not an address] }
data: ./data
histroy: { memory: 1GiB }
log: { level: loud }
`;

describe('flow: faults that keep a program from starting', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  after(remove);

  const written = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const edgeFile = (name: string, options: { buffer: string; statusPort?: number }) =>
    written(
      name,
      gatewayConfig({
        name: 'gw',
        url: 'http://127.0.0.1:9',
        buffer: options.buffer,
        sources: counterSource(1),
      }).replace('status: { port: 0 }', `status: { port: ${options.statusPort ?? 0} }`),
    );
  /** Ends with 1; one problem with its code and advice, no stack; tells what it said. */
  const refusal = async (bin: typeof edgeBin | typeof cloudBin, command: string[], code: string, env = {}) => {
    const {
      code: exitCode,
      stdout,
      stderr,
    } = await runProgram(bin, command, { PORT: '0', DATA_DIR: undefined, ...env });
    // The cloud logs JSON lines on the way; what is for people stands alone.
    const said = stderr
      .split('\n')
      .filter((line) => !line.startsWith('{'))
      .join('\n');
    expect([exitCode, stdout], stderr).to.deep.equal([1, '']);
    expect(said)
      .to.contain(`[${code}]`)
      .and.match(/\n→ \S.{10}/);
    expect(said.match(/\n→ /g), 'one problem').to.have.length(1);
    expect(said).to.not.match(/\n\s+at /);
    return said;
  };

  it('edge: everything wrong in one file at once, with its place; check, plan and run say the same', async () => {
    const file = written('edge.yaml', wrongEdge);
    const [check, plan, run] = await Promise.all(
      ['check', 'plan', 'run'].map((command) => refusal(edgeBin, [command, '-c', file], 'config-invalid')),
    );
    const lines = check!.split('\n').filter((line) => line.startsWith(`  ${file}`));
    expect(lines, check).to.have.length(wrongEdgePlaces.length);
    for (const [n, pattern] of wrongEdgePlaces.entries()) expect(lines[n]).to.match(pattern);
    expect([plan, run]).to.deep.equal([check, check]);
    expect(existsSync(join(folder, 'never-made')), 'nothing was made').to.equal(false);
  });

  it('edge: a text that is no YAML, a file that is not there, no cloud to deliver to', async () => {
    const [yaml, absent, lonely] = await Promise.all([
      refusal(edgeBin, ['check', '-c', written('broken.yaml', 'gateway: { name: a\nsources: [\n')], 'config-invalid'),
      refusal(edgeBin, ['plan', '-c', join(folder, 'absent.yaml')], 'config-unreadable'),
      refusal(
        edgeBin,
        ['run', '-c', written('lonely.yaml', 'gateway: { name: a }\nbuffer: { path: b }\nsources: []\n')],
        'uplink-missing',
      ),
    ]);
    expect(yaml).to.match(/broken\.yaml:2:1 {2}not readable as YAML/);
    expect(absent).to.contain('absent.yaml');
    expect(lonely).to.contain('uplink: { url:');
  });

  it('edge: a status port that is taken, a buffer folder it cannot write', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const taken = edgeFile('taken.yaml', { buffer: join(folder, 'taken'), statusPort: port });
    const blocked = edgeFile('blocked.yaml', { buffer: join(written('regular', ''), 'buffer') });
    // Nobody makes a folder there, root neither; and the attempt must come back.
    const system = edgeFile('system.yaml', { buffer: '/proc/gongfu/buffer' });
    const [busy, below] = await Promise.all([
      refusal(edgeBin, ['run', '-c', taken], 'port-taken'),
      refusal(edgeBin, ['run', '-c', blocked], 'buffer-folder-unwritable'),
      refusal(edgeBin, ['run', '-c', system], 'buffer-folder-unwritable'),
    ]);
    other.close();
    expect(busy).to.contain(`port ${port}`);
    expect(below).to.contain(join(folder, 'regular', 'buffer'));
    if (process.getuid?.() === 0) return; // Permission bits do not stop root.
    const file = edgeFile('read-only.yaml', { buffer: join(readOnlyFolder('edge'), 'buffer') });
    expect(await refusal(edgeBin, ['run', '-c', file], 'buffer-folder-unwritable')).to.contain('read-only');
  });

  it('cloud: everything wrong in its file and in the plant file, each at its place', async () => {
    const plant = written(
      'plant.yaml',
      `tenant: { id: Acme, name: { zh: 甲, en: A } }
calendar: []
assets:
  - { id: line-1, level: lime, name: { zh: 线, en: Line }, gatway: g }
`,
    );
    const [config, plantFaults, noPlant] = await Promise.all([
      refusal(cloudBin, ['run', '-c', written('cloud.yaml', wrongCloud)], 'config-invalid'),
      refusal(cloudBin, ['run', '-c', written('p.yaml', `plant: { file: "${plant}" }`)], 'config-invalid'),
      refusal(cloudBin, ['run', '-c', written('q.yaml', 'plant: { file: "/nowhere.yaml" }')], 'config-unreadable'),
    ]);
    for (const pattern of [
      /:1:9 {2}http: unknown key "prot"; did you mean "port"\?/,
      /:1:38 {2}http\.allowedOrigins\[0\]: /,
      /:2:7 {2}data: must be a mapping, found "\.\/data"/,
      /:3:1 {2}unknown key "histroy"; did you mean "history"\?/,
      /:4:15 {2}log\.level: must be error, warn, info, debug; found "loud"/,
    ])
      expect(config).to.match(pattern);
    for (const pattern of [
      /plant\.yaml:1:15 {2}tenant\.id: /,
      /plant\.yaml:2:1 {2}unknown key "calendar"; did you mean "calendars"\?/,
      /plant\.yaml:4:26 {2}assets\[0\]\.level: .*did you mean "line"\?/,
      /plant\.yaml:4:59 {2}assets\[0\]: unknown key "gatway"; did you mean "gateway"\?/,
    ])
      expect(plantFaults).to.match(pattern);
    expect(noPlant).to.contain('/nowhere.yaml');
  });

  it('cloud: PORT=abc, a data folder it cannot write, a port that is taken, a second cloud on the same data', async () => {
    const dataDir = join(folder, 'cloud');
    const cloud = await startCloud({ dataDir });
    const { port } = new URL(cloud.url);
    const below = join(written('file', ''), 'data');
    const [noPort, unwritable, taken, second] = await Promise.all([
      refusal(cloudBin, ['run'], 'config-invalid', { PORT: 'abc' }),
      refusal(cloudBin, ['run'], 'records-unwritable', { DATA_DIR: below }),
      refusal(cloudBin, ['run'], 'port-taken', { DATA_DIR: join(folder, 'other'), PORT: port, HOST: '127.0.0.1' }),
      refusal(cloudBin, ['run'], 'records-in-use', { DATA_DIR: dataDir }),
      refusal(cloudBin, ['run'], 'records-unwritable', { DATA_DIR: '/proc/gongfu' }),
    ]);
    const alive = await fetch(`${cloud.url}/readyz`);
    expect([alive.status, await cloud.stop()], 'the first one is not touched').to.deep.equal([200, 0]);
    expect(noPort).to.contain('PORT').and.contain('"abc"');
    expect(unwritable).to.contain(below);
    expect(taken).to.contain(`127.0.0.1:${port}`);
    expect(second)
      .to.contain(dataDir)
      .and.match(/process \d+/);
    if (process.getuid?.() === 0) return;
    const readOnly = join(readOnlyFolder('cloud'), 'data');
    expect(await refusal(cloudBin, ['run'], 'records-unwritable', { DATA_DIR: readOnly })).to.contain(readOnly);
  });

  function readOnlyFolder(name: string): string {
    const place = join(folder, `${name}-read-only`);
    mkdirSync(place);
    chmodSync(place, 0o500);
    return place;
  }
});
