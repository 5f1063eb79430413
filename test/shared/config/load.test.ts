import { Problem } from '@gongfu/shared/base/problem';
import { bytesSchema } from '@gongfu/shared/config/bytes';
import { durationBetween, durationSchema } from '@gongfu/shared/config/duration';
import { loadConfig } from '@gongfu/shared/config/load';
import { formatProblem } from '@gongfu/shared/config/problem-text';
import { expect } from 'chai';
import { z } from 'zod';

const schema = z.strictObject({
  name: z.string(),
  port: z.number().int().max(65535).default(502),
  on: z.boolean().optional(),
  interval: durationSchema.default(1000),
  buffer: z.strictObject({ path: z.string(), maxBytes: bytesSchema.default(1) }).optional(),
  sources: z.array(z.strictObject({ kind: z.enum(['modbus', 'opcua']), tags: z.array(z.string()) })).default([]),
});

function load(text: string, env: Record<string, string> = {}) {
  return loadConfig({ file: 'a.yaml', text, schema, env });
}

function faults(text: string, env: Record<string, string> = {}): string[] {
  try {
    load(text, env);
  } catch (error) {
    expect(error).to.be.instanceOf(Problem);
    const problem = error as Problem;
    expect(problem.code).to.equal('config-invalid');
    expect(formatProblem(problem).split('\n')).to.have.length(problem.places.length + 2);
    return problem.places.map(({ where, what }) => `${where} ${what}`);
  }
  throw new Error('the text was accepted');
}

describe('loadConfig', () => {
  it('gives a frozen object with defaults, durations in ms and sizes in bytes', () => {
    const config = load('name: a\ninterval: 1.5s\nbuffer: { path: x, maxBytes: 2GiB }\n');
    expect(config).to.deep.equal({
      name: 'a',
      port: 502,
      interval: 1500,
      buffer: { path: 'x', maxBytes: 2 ** 31 },
      sources: [],
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.buffer) && Object.isFrozen(config.sources)).to.equal(true);
  });

  it('names every fault at once, in the order of the file, with line and column', () => {
    const text = [
      'nme: a',
      'port: 70000',
      'queue: { path: x }',
      'sources:',
      '  - kind: modbuss',
      '    tags: [a, 7]',
      '    points: []',
      '  - tags: []',
      'interval: 10',
    ].join('\n');
    expect(faults(text)).to.deep.equal([
      'a.yaml:1:1 name: is missing',
      'a.yaml:1:1 unknown key "nme"; did you mean "name"?',
      'a.yaml:2:7 port: Too big: expected number to be <=65535',
      'a.yaml:3:1 unknown key "queue"; did you mean "buffer"?',
      'a.yaml:5:11 sources[0].kind: must be modbus, opcua; found "modbuss"; did you mean "modbus"?',
      'a.yaml:6:15 sources[0].tags[1]: must be a text, found 7',
      'a.yaml:7:5 sources[0]: unknown key "points"; did you mean "tags"?',
      'a.yaml:8:5 sources[1].kind: is missing',
      'a.yaml:9:11 interval: must be a duration with its unit, as "250ms", "1s", "10m" or "2h"',
    ]);
  });

  it('refuses what would lose the zero it begins with: as an address it would be another one', () => {
    expect(faults('name: a\nport: 00502')).to.deep.equal([
      'a.yaml:2:7 00502 would be read as 502: write the address of a coil in quotes, as "00502", and a number without the zero',
    ]);
    expect(load('name: "010001"').name).to.equal('010001');
    expect(load('name: ${N}\nport: ${P}', { N: '010001', P: '00502' })).to.include({ name: '010001', port: 502 });
  });

  it('lists the known keys where none is near', () => {
    expect(faults('name: a\nzzzzzz: 1')).to.deep.equal([
      'a.yaml:2:1 unknown key "zzzzzz"; known here: buffer, interval, name, on, port, sources',
    ]);
  });

  it('names duplicate keys together with other faults, and YAML that cannot be read', () => {
    expect(faults('name: a\nport: x\nname: b')).to.deep.equal([
      'a.yaml:2:7 port: must be a number, found "x"',
      'a.yaml:3:1 the key "name" stands here a second time',
    ]);
    expect(faults('name: [a\nport: 1')[0]).to.match(/^a\.yaml:\d+:\d+ not readable as YAML: /);
    expect(faults('')).to.deep.equal(['a.yaml:1:1 name: is missing']);
    expect(faults('just text')).to.deep.equal(['a.yaml:1:1 must be a mapping, found "just text"']);
  });

  describe('substitution', () => {
    it('replaces in values, with defaults, and reads an unquoted result again', () => {
      expect(load('name: "x-${N}-${M:-m}"\nport: ${P}\non: ${ON:-true}', { N: '1', P: '1502' })).to.include({
        name: 'x-1-m',
        port: 1502,
        on: true,
      });
    });

    it('keeps quoted text a text, and gives a quoted value the type the schema wants', () => {
      expect(load('{ name: "${N}", port: "${N}" }', { N: '12' })).to.include({ name: '12', port: 12 });
    });

    it('never shows what a variable holds where it does not fit: it may be a secret', () => {
      expect(faults('name: ${N}', { N: '4711' })).to.deep.equal([
        'a.yaml:1:7 name: must be a text, found what the variable holds',
      ]);
    });

    it('cannot change the structure: what a variable holds stays one value', () => {
      expect(load('name: ${N}', { N: 'a\nport: 1' })).to.include({ name: 'a\nport: 1', port: 502 });
      expect(load('name: $${N}')).to.include({ name: '${N}' });
    });

    it('takes the default for an empty variable, and names each one that is missing', () => {
      expect(load('name: ${N:-d}', { N: '' })).to.include({ name: 'd' });
      expect(faults('name: ${N}\nport: ${P}')).to.deep.equal([
        'a.yaml:1:7 environment variable N is not set, and no default is given as ${N:-…}',
        'a.yaml:2:7 environment variable P is not set, and no default is given as ${P:-…}',
      ]);
    });
  });

  it('names an alias nothing stands behind, and aliases that stand for far more than there is', () => {
    expect(faults('name: a\nsources: [*none]')).to.deep.equal(['a.yaml:2:11 no anchor &none stands before this alias']);
    expect(faults('name: a\nname: b\nsources: [*none]')).to.deep.equal([
      'a.yaml:2:1 the key "name" stands here a second time',
      'a.yaml:3:11 no anchor &none stands before this alias',
    ]);
    const many = (name: string) => `[${new Array(9).fill(`*${name}`).join(',')}]`;
    const bomb = `name: &a [1]\nb: &b ${many('a')}\nc: &c ${many('b')}\nd: &d ${many('c')}\nsources: ${many('d')}`;
    expect(faults(bomb)).to.deep.equal([
      'a.yaml:2:8 the aliases from here on stand for far more than the text is long: write it out',
    ]);
    expect(load('name: &n a\nbuffer: { path: *n }').buffer?.path).to.equal('a');
  });
});

describe('durations and sizes', () => {
  it('reads each unit', () => {
    expect(['250ms', '1s', '10m', '2h', '1d'].map((text) => durationSchema.parse(text))).to.deep.equal([
      250, 1000, 600_000, 7_200_000, 86_400_000,
    ]);
    expect(['500kB', '64MiB', '2GiB', '1B'].map((text) => bytesSchema.parse(text))).to.deep.equal([
      500_000, 67_108_864, 2_147_483_648, 1,
    ]);
  });

  it('refuses what has no unit, no number, a sign, or a fraction of a ms', () => {
    for (const text of ['5', '', 's', '-1s', '1.5ms', '1 week', '1e3s'])
      expect(durationSchema.safeParse(text).success, text).to.equal(false);
    for (const text of ['5', '', '-1MB', '2gib']) expect(bytesSchema.safeParse(text).success, text).to.equal(false);
    const result = durationBetween(10, 60_000).safeParse('5ms');
    expect(result.error?.issues[0]?.message).to.equal('must be at least 10ms');
  });
});
