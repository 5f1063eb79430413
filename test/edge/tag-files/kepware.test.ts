import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { importTags } from '#edge/tag-files/import-tags';

const header =
  'Tag Name,Address,Data Type,Respect Data Type,Client Access,Scan Rate,Scaling,Raw Low,Raw High,Scaled Low,Scaled High,Scaled Data Type,Clamp Low,Clamp High,Eng Units,Description,Negate Value';

function imported(rows: readonly string[], config?: string) {
  return importTags({
    file: 'press.csv',
    bytes: new TextEncoder().encode([header, ...rows, ''].join('\r\n')),
    driver: undefined,
    source: undefined,
    config: config === undefined ? undefined : { file: 'edge.yaml', text: config, env: {} },
  });
}

function tagsOf(rows: readonly string[], config?: string): Record<string, Record<string, unknown>> {
  const { shown, merged } = imported(rows, config);
  const text = merged ?? `gateway: { name: g }\nbuffer: { path: b }\n${shown}`;
  const [source] = readEdgeConfig('e', text, { HOST: 'host', ENDPOINT: 'opc.tcp://host:4840' }).sources;
  return Object.fromEntries(source!.tags.map((tag) => [tag.name, tag as unknown as Record<string, unknown>]));
}

describe('tags as Kepware exports them', () => {
  it('Modbus: addresses, bits, texts, types, linear scaling, scan rate, units', () => {
    const tags = tagsOf([
      '"Line.Count","400101",DWord,1,R/W,250,,,,,,,,,"","Pieces, all of them",',
      'Temp,300001,Short,1,RO,100,Linear,0,1000,-50,150,Double,0,0,Cel,,0',
      'Neg,400001,Word,1,RO,100,Linear,0,100,0,10,Double,0,0,,,1',
      'Bit,400002.05,Boolean,1,RO,100,None,,,,,,,,,,',
      'Coil,000010,Boolean,1,RO,100,,,,,,,,,,,',
      'Text,400200.20H,String,1,RO,100,,,,,,,,,,,',
      'Swapped,400300.8L,String,1,RO,100,,,,,,,,,,,',
      'Dec,400400,LBCD,1,RO,0,,,,,,,,,,,',
      'Array,400500[2],Long Array,1,RO,0,,,,,,,,,,,',
      'Clamped,400600,Word,1,RO,100,Linear,0,10,0,100,Double,1,0,,,1',
    ]);
    const expected = {
      'Line.Count': { type: 'uint32', byteOrder: 'CDAB', intervalMs: 250, description: 'Pieces, all of them' },
      Temp: { type: 'int16', address: { area: 'input', register: 0 }, scale: 0.2, offset: -50, unit: 'Cel' },
      Neg: { type: 'uint16', scale: -0.1 },
      Bit: { type: 'bool', bit: 5, address: { area: 'holding', register: 1 } },
      Coil: { type: 'bool', address: { area: 'coil', register: 9 } },
      Text: { type: 'string', length: 20, address: { area: 'holding', register: 199 } },
      Swapped: { type: 'string', length: 8, byteOrder: 'BADC' },
      'Array[0]': { type: 'int32', byteOrder: 'CDAB', address: { area: 'holding', register: 499 } },
      'Array[1]': { type: 'int32', byteOrder: 'CDAB', address: { area: 'holding', register: 501 } },
      Clamped: { type: 'uint16', scale: -10 },
      Dec: { sourceType: 'bcd32', byteOrder: 'CDAB', intervalMs: 1000 },
    };
    expect(tags).to.have.all.keys(expected);
    for (const [name, keys] of Object.entries(expected)) expect(tags[name], name).to.deep.include(keys);
  });

  it('OPC UA: node ids, with the types the file tells', () => {
    const tags = tagsOf([
      'State,ns=2;s=Robot.State,Long,1,RO,100,,,,,,,,,,,',
      'Total,"nsu=http://v/;i=7",Double,1,RO,500,,,,,,,,,,,',
    ]);
    expect(tags.State).to.include({ nodeId: 'ns=2;s=Robot.State', type: 'int32', intervalMs: 100 });
    expect(tags.Total).to.include({ nodeId: 'nsu=http://v/;i=7', type: 'float64' });
  });

  it('warns of whatever it does not carry over, with line and column', () => {
    const { warnings, shown } = imported([
      'Good,400001,Float,1,RO,100,Linear,0,10,0,100,Double,1,1,,,',
      'Root,400003,Word,1,RO,100,Square Root,0,10,0,100,Double,0,0,,,',
      'Rows,400004[10][2],Word Array,1,RO,100,,,,,,,,,,,',
    ]);
    expect(shown)
      .to.contain('range: { min: 0, max: 100, outside: clamp }')
      .and.not.match(/Root|Rows/);
    expect(warnings.map(({ where, what }) => `${where}  ${what}`.slice(0, 70))).to.deep.equal(
      [
        'press.csv:1  the order of words is a setting of the device and not in this file',
        'press.csv:3 column G "Scaling"  the tag is left out: Square Root is no scale and offset',
        'press.csv:4 column B "Address"  the tag is left out: "400004[10][2]" is not a Modbus address',
      ].map((line) => line.slice(0, 70)),
    );
    expect(() => imported(['Root,400003,Date,1,RO,100,,,,,,,,,,,']))
      .to.throw()
      .with.property('code', 'tag-file-invalid');
    try {
      imported(['Root,400003,Date,1,RO,100,,,,,,,,,,,']);
    } catch (error) {
      expect((error as Problem).places[0]!.where).to.equal('press.csv:1');
    }
  });

  it('into a source that is there: its unit stays, its order of bytes is not taken for theirs', () => {
    const config = `gateway: { name: g }
buffer: { path: b }
sources: [{ name: press, driver: modbus, host: h, unitId: 9, byteOrder: DCBA, tags: [{ name: x, address: 40001, type: int16 }] }]
`;
    const tags = tagsOf(['a,400001,Float,1,RO,100,,,,,,,,,,,', 'b,400001,Short,1,RO,100,,,,,,,,,,,'], config);
    expect(tags.a).to.include({ byteOrder: 'CDAB' }).and.not.have.property('unitId');
    expect(tags.b).to.include({ byteOrder: 'ABCD' });
  });
});
