import { expect } from 'chai';
import fc from 'fast-check';
import { FrameCheck, FramingFault } from '#edge/drivers/modbus/framing';
import { exceptionOf, frameOf, type WireRequest } from './raw-server.ts';

const request: fc.Arbitrary<WireRequest> = fc
  .record({
    transaction: fc.nat(255),
    unitId: fc.nat(255),
    functionCode: fc.integer({ min: 1, max: 4 }),
    start: fc.nat(60_000),
  })
  .chain((fields) =>
    fc.integer({ min: 1, max: fields.functionCode <= 2 ? 2000 : 125 }).map((count) => ({ ...fields, count })),
  );

function bytesOf({ transaction, unitId, functionCode, start, count }: WireRequest): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(transaction, 0);
  bytes.writeUInt16BE(6, 4);
  bytes.writeUInt8(unitId, 6);
  bytes.writeUInt8(functionCode, 7);
  bytes.writeUInt16BE(start, 8);
  bytes.writeUInt16BE(count, 10);
  return bytes;
}

function replyTo(asked: WireRequest): Buffer {
  return frameOf(asked, Buffer.alloc(asked.functionCode <= 2 ? Math.ceil(asked.count / 8) : asked.count * 2, 0x5a));
}

/** Feeds the bytes cut at the given places; whatever comes out, in order. */
function feed(check: FrameCheck, bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  const frames: Buffer[] = [];
  for (let i = 1; i < places.length; i += 1) {
    if (places[i]! === places[i - 1]!) continue;
    const frame = check.accept(bytes.subarray(places[i - 1], places[i]));
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

const cuts = fc.array(fc.nat(300), { maxLength: 8 });

describe('Modbus frame check', () => {
  it('lets the right reply and an exception pass whole, however they are cut, one after the other', () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 5 }), cuts, (asked, places) => {
        const check = new FrameCheck();
        for (const one of asked) {
          for (const reply of [replyTo(one), exceptionOf(one, 1 + (one.start % 255))]) {
            check.expect(bytesOf(one));
            expect(feed(check, reply, places)).to.deep.equal([reply]);
          }
        }
      }),
    );
  });

  it('lets no reply pass in which one byte of the head is wrong', () => {
    const change = fc.record({ at: fc.nat(8), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(request, change, cuts, (asked, { at, by }, places) => {
        const check = new FrameCheck();
        check.expect(bytesOf(asked));
        const reply = replyTo(asked);
        reply[at]! ^= by;
        try {
          expect(feed(check, reply, places)).to.deep.equal([]);
        } catch (error) {
          expect(error).to.be.instanceOf(FramingFault);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses bytes nobody asked for, before, after and behind a reply', () => {
    const asked = { transaction: 7, unitId: 1, functionCode: 3, start: 0, count: 2 };
    const check = new FrameCheck();
    expect(() => check.accept(replyTo(asked))).to.throw(FramingFault, 'not asked for');
    check.expect(bytesOf(asked));
    expect(() => check.expect(bytesOf(asked))).to.throw('second');
    check.accept(replyTo(asked));
    expect(() => check.accept(Buffer.from([0]))).to.throw(FramingFault, 'not asked for');
    check.expect(bytesOf(asked));
    expect(() => check.accept(Buffer.concat([replyTo(asked), Buffer.from([0])]))).to.throw(
      FramingFault,
      'after the end',
    );
  });

  it('refuses noise without keeping it', () => {
    fc.assert(
      fc.property(request, fc.uint8Array({ minLength: 300, maxLength: 2000 }), (asked, noise) => {
        const check = new FrameCheck();
        check.expect(bytesOf(asked));
        expect(() => check.accept(Buffer.from(noise))).to.throw(FramingFault);
      }),
    );
  });
});
