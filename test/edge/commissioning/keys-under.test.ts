import { expect } from 'chai';
import fc from 'fast-check';
import { keysUnder, tagKeysOf } from '#edge/commissioning/hypothesis-words';
import type { Layout } from '#edge/commissioning/layouts';
import { type ByteOrder, byteOrders, type HeldType } from '#edge/drivers/modbus/value-layout';
import { decodeImage, type TagText, tagOf } from '../drivers/modbus/fixtures.ts';

type Form = Pick<Layout, 'type' | 'count'> & { readonly bit?: number; readonly byte?: 'high' | 'low' };

const forms: readonly Form[] = [
  { type: 'bool', count: 1, bit: 3 },
  { type: 'int8', count: 1, byte: 'high' },
  { type: 'uint8', count: 1, byte: 'low' },
  ...(['int16', 'uint16', 'bcd16', 'float16'] as const).map((type) => ({ type, count: 1 })),
  ...(['int32', 'float32', 'bcd32'] as const).map((type) => ({ type, count: 2 })),
  ...(['uint64', 'float64'] as const).map((type) => ({ type, count: 4 })),
];

describe('keys of a tag the assistant proposes', () => {
  it('read in a source of any order what was found in the registers as they are on the wire', () => {
    const orders = (form: Form): readonly ByteOrder[] =>
      form.type === 'bool' || form.type.endsWith('int8') ? ['ABCD'] : form.count === 1 ? ['ABCD', 'BADC'] : byteOrders;
    fc.assert(
      fc.property(
        fc.constantFrom(...forms).chain((form) => fc.tuple(fc.constant(form), fc.constantFrom(...orders(form)))),
        fc.constantFrom(...byteOrders),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        ([form, order], sourceOrder, bytes) => {
          const long = form.count === 4 || order.length === 4;
          fc.pre(long);
          const layout: Layout = { ...form, area: 'holding', start: 0, order, orderWeight: 1 };
          const {
            name: _,
            unit: __,
            ...keys
          } = keysUnder(sourceOrder, tagKeysOf({ name: 'a', unit: '' }, { layout, place: 0, scale: 1 }));
          const own = { ...form, address: 'holding:0', byteOrder: order, type: form.type as HeldType };
          const { count: _count, ...found } = own;
          const wanted = decodeImage([tagOf(found)], Buffer.from(bytes), 0);
          expect(decodeImage([tagOf(keys as unknown as TagText)], Buffer.from(bytes), 0, sourceOrder)).to.deep.equal(
            wanted,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('say nothing of an order where there is none to speak of', () => {
    const coil = { name: 'a', address: 'coil:3', type: 'bool' };
    const word = { name: 'a', address: 'holding:3', type: 'int16' };
    expect(keysUnder('DCBA', coil)).to.deep.equal(coil);
    expect(keysUnder('CDAB', word)).to.deep.equal(word);
    expect(keysUnder('BADC', word)).to.deep.equal({ ...word, byteOrder: 'ABCD' });
  });
});
