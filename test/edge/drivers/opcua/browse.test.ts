import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '#test/kit/folders';
import { OpcuaServerProcess } from '#test/kit/opcua-server';
import { runProgram } from '#test/kit/programs';
import { type Python, requirePeers } from '#test/kit/python';
import { ForeignServer, freePort } from './foreign-server.ts';

const line = 'http://line.test/;v=1';
const bin = 'edge/bin/gongfu-edge.js';

describe('gongfu-edge browse', function () {
  this.timeout(60_000);
  let python: Python;
  const { folder, remove } = temporaryFolder();

  before(async function () {
    python = await requirePeers(this);
  });
  after(() => remove());

  const written = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('lists what asyncua has as a source that check accepts, and as a table that import reads', async () => {
    const variables = [
      { uri: line, id: 's=Temp', type: 'Double', value: 1.5, unit: '°C' },
      { uri: line, id: 's=Total', type: 'UInt64', value: '18446744073709551615' },
      { uri: line, id: 's=Speeds', type: 'Float', value: [1, 2] },
      { uri: line, id: 's=Mode', type: 'Mode', value: 2 },
      { uri: line, id: 's=Job', type: 'Job', value: { Id: '1', Name: 'a', Where: [1, 2], Speeds: [], Mode: 1 } },
      { uri: line, id: 's==1+1 ${HOME}', type: 'String', value: 'x' },
    ];
    const server = await ForeignServer.start(python, { port: await freePort(), namespaces: [line], variables });
    try {
      const { stdout, stderr, code } = await runProgram(bin, ['browse', server.endpoint]);
      expect([stderr, code]).to.deep.equal(['', 0]);
      expect(stdout)
        .to.include('{ name: "s=Temp", nodeId: "nsu=http://line.test/%3Bv=1;s=Temp", type: "float64", unit: "Cel" }')
        .and.include('{ name: "s=Total", nodeId: "nsu=http://line.test/%3Bv=1;s=Total", type: "uint64" }')
        .and.include('name: "s=Speeds[1]", nodeId: "nsu=http://line.test/%3Bv=1;s=Speeds", type: "float32", element: 1')
        .and.include('nodeId: "nsu=http://line.test/%3Bv=1;s=Mode", type: "int32"')
        .and.match(/^# left out: s=Job: a value of type ExtensionObject cannot be a tag$/m);
      const whole = written(
        'browsed.yaml',
        `gateway: { name: gw }\nbuffer: { path: ${join(folder, 'b')} }\nsources:\n${stdout.replace(/^/gm, '  ')}`,
      );
      const check = await runProgram(bin, ['check', '-c', whole]);
      expect(check.stderr).to.equal('');
      const rows = Number(/^# (\d+) tags/.exec(stdout)![1]);
      expect(check.stdout).to.include(`, ${rows} tags,`);
      const table = await runProgram(bin, ['browse', server.endpoint, '--format', 'csv']);
      const read = await runProgram(bin, ['import', written('robot.csv', table.stdout), '--driver', 'opcua']);
      expect(read.stderr).to.equal('');
      expect(read.stdout.match(/nodeId:/g)).to.have.length(rows);
    } finally {
      await server.kill();
    }
  });

  it('goes through more nodes than one call may ask for', async () => {
    const variables = Array.from({ length: 450 }, (_, index) => ({
      namespaceUri: line,
      identifier: `i=${1000 + index}`,
      type: 'Int16' as const,
      value: index,
    }));
    const server = await OpcuaServerProcess.start({ port: 0, folder, namespaces: [line], variables });
    try {
      const { stdout } = await runProgram(bin, ['browse', server.endpoint]);
      expect(stdout.match(/nodeId: "nsu=http:\/\/line.test\/%3Bv=1;i=\d+", type: "int16"/g)).to.have.length(450);
    } finally {
      await server.kill();
    }
  });

  it('says what is wrong with the address and with the server', async () => {
    expect((await runProgram(bin, ['browse', 'http://10.0.0.1'])).stderr).to.include('[opcua-endpoint]');
    const { stderr, code } = await runProgram(bin, ['browse', `opc.tcp://127.0.0.1:${await freePort()}`]);
    expect(stderr).to.include('[opcua-unreachable]').and.include('ECONNREFUSED');
    expect(code).to.equal(1);
  });
});
