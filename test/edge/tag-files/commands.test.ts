import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '#test/kit/folders';
import { runProgram } from '#test/kit/programs';

const bin = 'edge/bin/gongfu-edge.js';

describe('gongfu-edge export and import', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => void;

  before(() => {
    ({ folder, remove } = temporaryFolder());
  });
  after(() => remove());

  const written = (name: string, text: string, mode = 0o644) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode });
    return file;
  };

  it('show a table of a source, and put a changed one back only when told to', async () => {
    const text =
      'gateway: { name: g }\nbuffer: { path: b }\nsources:\n  - name: plc\n    driver: modbus\n    host: 10.0.0.5\n    tags:\n      - { name: a, address: 40001, type: int16 }  # mine\n';
    const config = written('edge.yaml', text, 0o600);
    const table = await runProgram(bin, ['export', '-c', config]);
    expect(table).to.include({ code: 0, stdout: '\uFEFFname,type,address,unit,description\r\na,int16,40001,,\r\n' });
    const file = written('plc.csv', `${table.stdout}b,bool,coil:3,,\r\n`);
    const alone = await runProgram(bin, ['import', file]);
    expect(alone.stdout).to.contain('host: ${HOST}').and.contain('- { name: b, type: bool, address: coil:3 }');
    const shown = await runProgram(bin, ['import', file, '-c', config]);
    expect(shown.stdout)
      .to.match(/^\+ {6}- \{ name: b, type: bool, address: coil:3 \}$/m)
      .and.not.match(/^-[^-]/m);
    expect(readFileSync(config, 'utf8')).to.equal(text);
    const put = await runProgram(bin, ['import', file, '-c', config, '--write']);
    expect(put.code, put.stderr).to.equal(0);
    expect(readFileSync(config, 'utf8')).to.equal(`${text}      - { name: b, type: bool, address: coil:3 }\n`);
    expect(readFileSync(`${config}.before`, 'utf8')).to.equal(text);
    expect(statSync(config).mode & 0o777).to.equal(0o600);
  });

  it('end with 1 and say where, and change nothing', async () => {
    const config = written('two.yaml', 'gateway: { name: g }\nbuffer: { path: b }\nsources: []\n');
    expect((await runProgram(bin, ['export', '-c', config, '--source', 'x'])).stderr).to.contain('[source-unknown]');
    const wrong = await runProgram(bin, [
      'import',
      written('w.csv', 'name,type,address\na,int17,40001'),
      '-c',
      config,
      '--write',
    ]);
    expect(wrong).to.include({ code: 1, stdout: '' });
    expect(wrong.stderr)
      .to.contain('w.csv:2 column B "type"')
      .and.contain('did you mean "int16"?')
      .and.contain('[tag-file-invalid]');
    expect((await runProgram(bin, ['import', join(folder, 'absent.csv')])).stderr).to.contain('[tag-file-unreadable]');
    expect(readFileSync(config, 'utf8')).to.contain('sources: []');
  });
});
