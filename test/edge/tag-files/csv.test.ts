import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readEdgeConfig } from '#edge/config';
import { exportTags } from '#edge/tag-files/export-tags';
import { importTags } from '#edge/tag-files/import-tags';

const bytes = (text: string) => new TextEncoder().encode(text);
const env = {};

function configOf(tags: readonly object[], driver = 'modbus'): string {
  const reach = driver === 'modbus' ? { host: '10.0.0.5' } : { endpoint: 'opc.tcp://10.0.0.5:4840' };
  return stringify({
    gateway: { name: 'g' },
    buffer: { path: 'b' },
    sources: [{ name: 'press', driver, ...reach, tags }],
  });
}

function imported(text: string | Uint8Array, config?: string, source = 'press') {
  return importTags({
    file: 'tags.csv',
    bytes: typeof text === 'string' ? bytes(text) : text,
    driver: undefined,
    source,
    config: config === undefined ? undefined : { file: 'edge.yaml', text: config, env },
  });
}

function placesOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    return (error as Problem).places.map(({ where, what }) => `${where}  ${what}`);
  }
  return [];
}

describe('tags as a table', () => {
  it('export → import is the identity, whatever the names and texts are', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => /^[^\p{Cc}\p{Cs}]+$/u.test(text) && text.trim() !== '' && !text.includes('${'));
    const freeText = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('=1+1', "'=x", 'a\r\nb', '"', ';,\t', '压力\n上限', '-1', 'true', '0'),
    );
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const tag = fc.record({
      name,
      type: fc.constantFrom('float32', 'uint16', 'int64', 'float64'),
      address: fc.constantFrom('holding:0', 40001, '400012', 'HR7', 'input:100'),
      unit: optional(fc.constantFrom('Cel', 'kW.h', '%', '1')),
      description: optional(freeText.filter((text) => text.trim() !== '' && !text.includes('${'))),
      scale: optional(fc.double({ noNaN: true, noDefaultInfinity: true }).filter((scale) => scale !== 0)),
      offset: optional(fc.integer()),
      deadband: optional(fc.constantFrom(0, 0.5, 1e-9)),
      onChange: optional(fc.boolean()),
      interval: optional(fc.constantFrom('250ms', '10m')),
      byteOrder: optional(fc.constantFrom('CDAB', 'DCBA')),
      unitId: optional(fc.integer({ min: 0, max: 255 })),
      range: optional(
        // Copied, since the same object twice would be written as an anchor and an alias.
        fc.constantFrom({ min: 0, max: 10, outside: 'clamp' }, { max: 5 }, { min: -1 }).map((range) => ({ ...range })),
      ),
      count: optional(fc.integer({ min: 1, max: 3 })),
    });
    const tags = fc.uniqueArray(tag, { minLength: 1, maxLength: 12, selector: (one) => one.name });
    fc.assert(
      fc.property(tags, (list) => {
        const written = list.map((one) =>
          Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
        );
        const config = configOf(written);
        const before = readEdgeConfig('edge.yaml', config, env).sources;
        const table = exportTags({ file: 'edge.yaml', text: config, env, source: 'press' });
        const alone = imported(table).shown;
        const again = readEdgeConfig('again', `gateway: { name: g }\nbuffer: { path: b }\n${alone}`, {
          HOST: '10.0.0.5',
        });
        expect(again.sources).to.deep.equal(before);
        // What is there already changes nothing; one that was emptied is filled again.
        expect(imported(table, config).shown).to.equal('');
        const emptied = configOf([{ name: written[0]!.name, type: 'bool', address: 'coil:0' }]);
        expect(readEdgeConfig('filled', imported(table, emptied).merged!, env).sources).to.deep.equal(before);
      }),
      { numRuns: 60 },
    );
  });

  it('takes what Excel writes in any country: separators, decimal commas, GBK, UTF-16, spaces', () => {
    const expected = [{ name: '温度', type: 'float32', address: 'holding:0', scale: 0.1, unit: 'Cel', onChange: true }];
    const sheet = (separator: string, decimal: string) =>
      [
        ['name', 'type', 'address', 'scale', 'unit', 'onChange', '', ''],
        ['温度', 'float32', ' holding:0 ', `0${decimal}1`, 'Cel', 'TRUE', '', ''],
        ['', '', '', '', '', '', '', ''],
      ]
        .map((cells) => cells.join(separator))
        .join('\r\n');
    const gbk = Uint8Array.from([
      ...bytes('name;type;address;scale;unit;onChange\r\n'),
      0xce,
      0xc2,
      0xb6,
      0xc8,
      ...bytes(';float32;holding:0;0,1;Cel;TRUE\r\n'),
    ]);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(sheet('\t', '.'), 'utf16le')]);
    for (const file of [sheet(',', '.'), sheet(';', ','), sheet('\t', '.'), `\uFEFF${sheet(';', '.')}`, gbk, utf16]) {
      const { merged } = imported(file, configOf([{ name: 'x', type: 'bool', address: 'coil:0' }]));
      const [, tag] = readEdgeConfig('merged', merged!, env).sources[0]!.tags;
      expect(tag).to.deep.include({ ...expected[0]!, address: { area: 'holding', register: 0 } });
    }
  });

  it('names every wrong cell at once, with line, column and what to do', () => {
    const places = placesOf(() =>
      imported(
        [
          'name,type,address,bit,scale',
          'a,flaot32,holding:0,,',
          '"b',
          'b",bool,holding:1,77,',
          'c,int16,holding:2,,abc',
          'c,int16,bolding:3,,',
          'd,,holding:4,,',
          'e,uint16,holding:5,3,,overhang',
          'f,string,holding:6,,',
        ].join('\n'),
      ),
    );
    expect(places).to.deep.equal([
      'tags.csv:8 column F  no column has this number; is a separator inside a text that needs quotes?',
    ]);
    const rows = placesOf(() =>
      imported(
        [
          'name,type,address,bit,scale',
          'a,flaot32,holding:0,,',
          '',
          'b,bool,holding:1,77,',
          'c,int16,holding:2,,abc',
          'c,int16,bolding:3,,',
          'd,,holding:4,,',
        ].join('\n'),
      ),
    );
    expect(rows.join('\n'))
      .to.contain('tags.csv:2 column B "type"  type: must be')
      .and.contain('did you mean "float32"?')
      .and.contain('tags.csv:4 column D "bit"')
      .and.contain('tags.csv:5 column E "scale"  scale: must be a number, found "abc"')
      .and.contain('tags.csv:6 column A "name"  name: a tag named "c" is there already')
      .and.contain('tags.csv:6 column C "address"  address: "bolding:3" is not a Modbus address')
      .and.contain('tags.csv:7 column B "type"  type: is missing');
    // What only the driver can judge is judged where the keys alone are right.
    expect(placesOf(() => imported('name,type,address\nf,string,holding:6\ng,int16,coil:1'))).to.have.length(2);
    expect(placesOf(() => imported('name,typ,address\na,int16,40001'))).to.deep.equal(
      ['tags.csv:1 column B "typ"  unknown column "typ"; did you mean "type"?'].map((text) =>
        text.replace(' "typ"  ', '  '),
      ),
    );
    expect(placesOf(() => imported('name,type,address\n"a,int16,40001\nb,int16,40002'))[0])
      .to.contain('tags.csv:')
      .and.contain('not readable as CSV');
    expect(placesOf(() => imported(''))).to.have.length(1);
    expect(() => imported('name,type\na,int16')).to.throw(/do not tell which driver/);
    expect(() => imported(Uint8Array.from([0x6e, 0xff, 0xff, 0x00]))).to.throw(/no text in UTF-8/);
  });

  it('leaves every other line of the configuration as a person wrote it', () => {
    const config = `# line 2
gateway: { name: g }
buffer: { path: b }

sources:
  - name: press   # the big one
    driver: modbus
    host: 10.0.0.5
    tags:
      - { name: a, address: 40001,   type: int16 }   # as on the drawing
      # in blocks
      - name: b
        address: "input:10"
        type: float32   # swapped?

      - { name: c, address: 40003, type: int16 }  # last
  # the next
  - name: saw
    driver: modbus
    host: 10.0.0.6
    tags: [{ name: x, address: 40001, type: int16 }]
log: { level: warn }
`;
    const { shown, merged } = imported(
      'name,type,address,byteOrder\na,int16,40001,\nb,float32,input:10,CDAB\nd,bool,coil:4,',
      config,
    );
    const lines = (text: string) => text.split('\n');
    expect(lines(shown).filter((line) => /^[-+] /.test(line))).to.deep.equal([
      '-      - name: b',
      '-        address: "input:10"',
      '-        type: float32   # swapped?',
      '+      - { name: b, type: float32, address: input:10, byteOrder: CDAB }',
      '+      - { name: d, type: bool, address: coil:4 }',
    ]);
    const expected = lines(config);
    expect(lines(merged!).filter((line) => !expected.includes(line))).to.have.length(2);
    // A list in brackets and a new source.
    expect(imported('name,type,address\ny,bool,coil:4', config, 'saw').merged)
      .to.contain('{ name: x, address: 40001, type: int16 }')
      .and.contain('y');
    const fresh = imported('name;type;nodeId\ny;bool;ns=2;s=x'.replace('ns=2;s=x', '"ns=2;s=x"'), config, 'robot')
      .merged!;
    expect(
      readEdgeConfig('fresh', fresh, { ENDPOINT: 'opc.tcp://r:4840' }).sources.map(({ name }) => name),
    ).to.deep.equal(['press', 'saw', 'robot']);
    expect(() => readEdgeConfig('fresh', fresh, env)).to.throw();
  });
});
