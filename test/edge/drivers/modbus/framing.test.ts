import { expect } from 'chai';
import fc from 'fast-check';
import { AsciiFraming } from '#edge/drivers/modbus/ascii-framing';
import { crc16 } from '#edge/drivers/modbus/checksum';
import { type Framing, FramingFault } from '#edge/drivers/modbus/framing';
import { RtuFraming } from '#edge/drivers/modbus/rtu-framing';
import { TcpFraming, TransactionCounter } from '#edge/drivers/modbus/tcp-framing';
import { exceptionOf, frameOf, type Wire, type WireRequest } from './raw-server.ts';

const framings: Record<Wire, () => Framing> = {
  tcp: () => new TcpFraming(new TransactionCounter()),
  rtu: () => new RtuFraming(),
  ascii: () => new AsciiFraming(),
};

const fields = fc
  .record({ unitId: fc.nat(255), functionCode: fc.integer({ min: 1, max: 4 }), start: fc.nat(60_000) })
  .chain((some) =>
    fc.integer({ min: 1, max: some.functionCode <= 2 ? 2000 : 125 }).map((count) => ({ ...some, count })),
  );
type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never;

/** The request as the client library writes it, encoded; and how it stands on the wire. */
function ask(framing: Framing, wire: Wire, { unitId, functionCode, start, count }: Fields, slot = 1): WireRequest {
  const request = Buffer.alloc(8);
  request.writeUInt8(unitId, 0);
  request.writeUInt8(functionCode, 1);
  request.writeUInt16BE(start, 2);
  request.writeUInt16BE(count, 4);
  request.writeUInt16LE(crc16(request.subarray(0, 6)), 6);
  const sent = framing.encode(request, slot);
  const transaction = wire === 'tcp' ? sent.readUInt16BE(0) : 0;
  return { wire, transaction, unitId, functionCode, start, count };
}

function dataFor({ functionCode, count }: Fields): Buffer {
  return Buffer.alloc(functionCode <= 2 ? Math.ceil(count / 8) : count * 2, 0x5a);
}

/** What the client library is to see. */
function plain(request: WireRequest, data: Buffer): Buffer {
  return frameOf({ ...request, wire: 'rtu' }, data);
}

/** Feeds the bytes cut at the given places; whatever comes out, in order. */
function feed(framing: Framing, bytes: Buffer, cuts: readonly number[]): [number, Buffer][] {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  const answers: [number, Buffer][] = [];
  for (let i = 1; i < places.length; i += 1) {
    if (places[i]! === places[i - 1]!) continue;
    for (const { slot, frame } of framing.accept(bytes.subarray(places[i - 1], places[i]))) answers.push([slot, frame]);
  }
  return answers;
}

const cuts = fc.array(fc.nat(600), { maxLength: 8 });

for (const wire of ['tcp', 'rtu', 'ascii'] as const) {
  describe(`Modbus framing ${wire}`, () => {
    it('lets the right reply and an exception pass whole, however they are cut, one after the other', () => {
      fc.assert(
        fc.property(fc.array(fields, { minLength: 1, maxLength: 5 }), cuts, (asked, places) => {
          const framing = framings[wire]();
          for (const one of asked) {
            const data = dataFor(one);
            const read = ask(framing, wire, one, 3);
            expect(feed(framing, frameOf(read, data), places)).to.deep.equal([[3, plain(read, data)]]);
            const refused = ask(framing, wire, one, 4);
            const exception = exceptionOf(refused, 1 + (one.start % 255));
            const seen = exceptionOf({ ...refused, wire: 'rtu' }, 1 + (one.start % 255));
            expect(feed(framing, exception, places)).to.deep.equal([[4, seen]]);
          }
        }),
      );
    });

    it('lets no reply pass in which one byte of the head, or of what a checksum guards, is wrong', () => {
      const change = fc.record({ at: fc.nat(600), by: fc.integer({ min: 1, max: 255 }) });
      fc.assert(
        fc.property(fields, change, cuts, (asked, { at, by }, places) => {
          const framing = framings[wire]();
          const read = ask(framing, wire, asked);
          const reply = frameOf(read, dataFor(asked));
          const place = at % (wire === 'tcp' ? 9 : reply.length);
          const right = reply[place]!;
          reply[place] = right ^ by;
          // In ASCII a digit in small letters is the same digit.
          fc.pre(wire !== 'ascii' || String.fromCharCode(right ^ by).toUpperCase() !== String.fromCharCode(right));
          try {
            expect(feed(framing, reply, places)).to.deep.equal([]);
          } catch (error) {
            expect(error).to.be.instanceOf(FramingFault);
          }
        }),
        { numRuns: 1000 },
      );
    });

    it('refuses bytes nobody asked for, before, after and behind a reply', () => {
      const asked = { unitId: 1, functionCode: 3, start: 0, count: 2 };
      const framing = framings[wire]();
      const reply = (read: WireRequest) => frameOf(read, dataFor(asked));
      expect(() => framing.accept(reply({ wire, transaction: 1, ...asked }))).to.throw(FramingFault, 'not asked for');
      framing.accept(reply(ask(framing, wire, asked)));
      expect(() => framing.accept(Buffer.from([0]))).to.throw(FramingFault, 'not asked for');
      const read = ask(framing, wire, asked);
      expect(() => framing.accept(Buffer.concat([reply(read), Buffer.from([0])]))).to.throw(FramingFault);
    });

    it('refuses noise without keeping it', () => {
      fc.assert(
        fc.property(fields, fc.uint8Array({ minLength: 600, maxLength: 2000 }), (asked, noise) => {
          const framing = framings[wire]();
          ask(framing, wire, asked);
          expect(() => framing.accept(Buffer.from(noise))).to.throw(FramingFault);
        }),
      );
    });
  });
}

describe('Modbus framing', () => {
  it('of TCP tells several requests under way apart, in whatever order they are answered', () => {
    const several = fc.array(fields, { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(several, fc.infiniteStream(fc.nat()), cuts, (asked, keys, places) => {
        const framing = framings.tcp();
        const reads = asked.map((one, slot) => ({ slot, read: ask(framing, 'tcp', one, slot), data: dataFor(one) }));
        const order = reads.map((one) => ({ ...one, key: keys.next().value })).sort((a, b) => a.key - b.key);
        const wire = Buffer.concat(order.map(({ read, data }) => frameOf(read, data)));
        const wanted = order.map(({ slot, read, data }) => [slot, plain(read, data)]);
        expect(feed(framing, wire, places)).to.deep.equal(wanted);
      }),
    );
  });

  for (const wire of ['rtu', 'ascii'] as const) {
    it(`of ${wire} bears one request under way`, () => {
      const framing = framings[wire]();
      const asked = { unitId: 1, functionCode: 3, start: 0, count: 2 };
      ask(framing, wire, asked);
      expect(() => ask(framing, wire, asked)).to.throw('second');
    });
  }
});
