import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { encodeWrite } from '#edge/drivers/modbus/encode';
import { byteOrders, type HeldType } from '#edge/drivers/modbus/value-layout';
import { requirePeers } from '../../../kit/python.ts';
import { checkoutFolder } from '../../../kit/source-tree.ts';
import { decodeImage, tagOf } from './fixtures.ts';

// Written by test/kit/modbus-value-table.py out of Python's struct; none of our code had a hand in it.
const lines = readFileSync(join(checkoutFolder, 'test/edge/drivers/modbus/value-table.txt'), 'utf8').trim().split('\n');
const rows = lines.map((line) => {
  const [held, order, hex, text] = line.split(' ') as [string, string, string, string];
  const [type, byte] = held.split('-') as [HeldType, 'high' | 'low' | undefined];
  return {
    line,
    type,
    byte,
    order,
    bytes: Buffer.from(hex, 'hex'),
    value: /int64/.test(type) ? BigInt(text) : Number(text),
  };
});

describe('Modbus values, byte for byte', () => {
  for (const area of ['holding', 'input'] as const) {
    for (const place of [0, 1, 7]) {
      it(`${rows.length} values of every type and order in ${area}, ${place} registers into a reply`, () => {
        const address = `${area}:${100 + place}`;
        for (const { line, type, byte, order, bytes, value } of rows) {
          // Around the value lies what would be seen if a decoder reached one byte or register too far.
          const image = Buffer.concat([Buffer.alloc(place * 2, 0xa5), bytes, Buffer.alloc(4, 0xa5)]);
          const tag = tagOf({ address, type, byteOrder: order, number: 9, ...(byte === undefined ? {} : { byte }) });
          const [sample] = decodeImage([tag], image, 100);
          const call = typeof value === 'bigint' ? 'wide' : 'number';
          expect(sample, line).to.deep.include({ call, tag: 9, status: StatusCode.Good });
          expect(Object.is(sample!.value, value), `${line} came as ${sample!.value}`).to.equal(true);
        }
      });
    }
  }

  it('the same values are written as the same bytes', () => {
    for (const { line, type, byte, order, bytes, value } of rows) {
      const tag = tagOf({ address: 'holding:7', type, byteOrder: order, ...(byte === undefined ? {} : { byte }) });
      const answer = encodeWrite(tag, value, { byteOrder: 'ABCD', unitId: 3, multiple: false });
      if (typeof answer === 'string') throw new Error(`${line}: ${answer}`);
      const { request } = answer;
      expect(request, line).to.include({ unitId: 3, start: 7 });
      if (request.functionCode === 6 || request.functionCode === 16)
        expect(request.registers, line).to.deep.equal(bytes);
      else if (request.functionCode === 22)
        expect(request.or & ~request.and, line).to.equal(bytes.readUInt16BE(0) & ~request.and);
      else expect.fail(`${line} by function ${request.functionCode}`);
    }
  });

  it('the table has every type in registers and every order', () => {
    const types = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'float32'];
    expect([...new Set(rows.map(({ type }) => type))]).to.have.members([...types, 'float64', 'bcd16', 'bcd32']);
    for (const type of ['int64', 'uint64', 'float64']) {
      const orders = rows.filter((row) => row.type === type).map(({ order }) => order);
      expect([...new Set(orders)]).to.have.members([...byteOrders]);
    }
  });

  it('the table is what Python writes, where pymodbus agrees for the orders it has', async function () {
    this.timeout(60_000);
    const python = await requirePeers(this);
    const answer = (await python.ask('modbus-value-table.py', null)) as { lines: string[] };
    expect(answer.lines).to.deep.equal(lines);
  });
});
