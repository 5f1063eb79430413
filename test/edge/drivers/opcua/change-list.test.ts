import { createRequire } from 'node:module';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  DataChangeNotification,
  DataType,
  DataValue,
  MonitoredItemNotification,
  NotificationMessage,
  StatusChangeNotification,
  StatusCodes,
  Variant,
  VariantArrayType,
} from 'node-opcua-client';
import { takeChanges } from '#edge/drivers/opcua/change-list';
// Whoever makes a client has its notifications read by us.
import '#edge/drivers/opcua/client';
import { writeDataValue, writeReported } from '#edge/drivers/opcua/decode';
import { sourceTimeOf } from '#edge/drivers/opcua/reported-values';
import { RecordingWriter, tagOf } from './recording.ts';

type Stream = Parameters<NotificationMessage['decode']>[0];

// The class is only found from inside the client's own dependencies.
const clientRequire = createRequire(createRequire(import.meta.url).resolve('node-opcua-client'));
const { BinaryStream } = clientRequire('node-opcua-binary-stream') as {
  BinaryStream: new (bytes: Buffer | number) => Stream;
};

const numbers: readonly (readonly [DataType, fc.Arbitrary<number | boolean>])[] = [
  [DataType.Boolean, fc.boolean()],
  [DataType.SByte, fc.integer({ min: -128, max: 127 })],
  [DataType.Byte, fc.integer({ min: 0, max: 255 })],
  [DataType.Int16, fc.integer({ min: -32768, max: 32767 })],
  [DataType.UInt16, fc.integer({ min: 0, max: 65535 })],
  [DataType.Int32, fc.integer()],
  [DataType.UInt32, fc.nat().map((value) => value * 2)],
  [DataType.Float, fc.float()],
  [DataType.Double, fc.double()],
];
const variants = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.oneof(...numbers.map(([dataType, value]) => value.map((held) => ({ dataType, value: held })))),
  },
  fc.string().map((value) => ({ dataType: DataType.String, value })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({
    dataType: DataType.UInt64,
    arrayType: VariantArrayType.Scalar,
    value: [Number(value >> 32n), Number(value & 0xffffffffn)],
  })),
  fc
    .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
    .map((value) => ({ dataType: DataType.DateTime, value })),
  fc.array(fc.double(), { maxLength: 5 }).map((value) => ({
    dataType: DataType.Double,
    arrayType: VariantArrayType.Array,
    value: Float64Array.from(value),
  })),
  fc.constant({ dataType: DataType.Null }),
);
const statuses = fc.constantFrom(
  StatusCodes.Good,
  StatusCodes.UncertainLastUsableValue,
  StatusCodes.BadSensorFailure,
  StatusCodes.GoodWithOverflowBit,
);
const dates = fc.option(fc.date({ min: new Date('1601-01-01'), max: new Date('2261-01-01'), noInvalidDate: true }));
const picoseconds = fc.constantFrom(0, 10, 5_430, 99_990);
const dataValues = fc
  .record({
    value: variants,
    statusCode: statuses,
    sourceTimestamp: dates,
    serverTimestamp: dates,
    sourcePicoseconds: picoseconds,
    serverPicoseconds: picoseconds,
  })
  .map((parts) => new DataValue({ ...parts, value: new Variant(parts.value as never) } as never));

function sent(message: NotificationMessage): Buffer {
  const stream = new BinaryStream(message.binaryStoreSize());
  message.encode(stream);
  return stream.buffer;
}

function received(bytes: Buffer): NotificationMessage {
  const message = new NotificationMessage(null as never);
  message.decode(new BinaryStream(bytes));
  return message;
}

function messageOf(values: readonly DataValue[]): NotificationMessage {
  const monitoredItems = values.map(
    (value, place) => new MonitoredItemNotification({ clientHandle: place * 3 + 1, value }),
  );
  const notificationData = [new DataChangeNotification({ monitoredItems })];
  return new NotificationMessage({ sequenceNumber: 7, publishTime: new Date(1_000), notificationData });
}

const tags = [
  tagOf(1, 'i=1', 'float64'),
  tagOf(2, 'i=2', 'int16'),
  tagOf(3, 'i=3', 'bool'),
  tagOf(4, 'i=4', 'uint64'),
  tagOf(5, 'i=5', 'string'),
  tagOf(6, 'i=6', 'float32', { scale: 0.5 }),
  tagOf(7, 'i=7', 'float64', { element: 1 }),
];

describe('OPC UA change list', () => {
  it('reads what the client reads, and writes the same samples of it', () => {
    fc.assert(
      fc.property(fc.array(dataValues, { maxLength: 20 }), (values) => {
        const bytes = sent(messageOf(values));
        const theirs = (received(bytes).notificationData![0] as DataChangeNotification).monitoredItems ?? [];
        const { lists } = takeChanges(received(bytes))!;
        expect([...lists[0]!.handles]).to.deep.equal(theirs.map(({ clientHandle }) => clientHandle));
        for (const [row, { value }] of theirs.entries()) {
          const read = lists[0]!.values;
          expect(read.statuses[row]).to.equal(value.statusCode.value >>> 0);
          expect(read.times[row]).to.deep.equal(sourceTimeOf(value, Number.NaN));
          for (const tag of tags) {
            const [ours, expected] = [new RecordingWriter(), new RecordingWriter()];
            const misfit = writeReported(ours, tag, { values: read, row }, 5);
            expect(misfit).to.equal(writeDataValue(expected, tag, value, 5));
            expect(ours.samples).to.deep.equal(expected.samples);
          }
        }
      }),
    );
  });

  it('cuts a source time to the millisecond, at its very edges too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.integer({ min: -2, max: 2 }), (ticks, near) => {
        const edge = (ticks / 10_000n) * 10_000n + BigInt(near);
        const bytes = sent(messageOf([new DataValue({ sourceTimestamp: new Date(2_000) })]));
        const place = bytes.indexOf(stampOf(new Date(2_000)));
        bytes.writeBigUInt64LE(edge < 0n ? 0n : edge, place);
        const [item] = (received(bytes).notificationData![0] as DataChangeNotification).monitoredItems!;
        const read = takeChanges(received(bytes))!.lists[0]!.values;
        expect(read.times[0]).to.deep.equal(sourceTimeOf(item!.value, Number.NaN));
      }),
    );
  });

  it('takes the data changes out of a message and leaves the rest to the client', () => {
    const message = messageOf([new DataValue({ value: { dataType: DataType.Int32, value: 5 } })]);
    message.notificationData!.push(new StatusChangeNotification({ status: StatusCodes.BadTimeout }));
    const taken = received(sent(message));
    const { lists, publishTime } = takeChanges(taken)!;
    expect(lists.map(({ count }) => count)).to.deep.equal([1]);
    expect(publishTime!.getTime()).to.equal(1_000);
    expect(taken.notificationData!.map((part) => part?.schema.name)).to.deep.equal(['StatusChangeNotification']);
  });

  it('says that a message cannot be read, wherever its bytes end or lie', () => {
    const values = [1, 2, 3].map((value) => new DataValue({ value: { dataType: DataType.Int32, value } }));
    const whole = sent(messageOf(values));
    const start = whole.indexOf(Buffer.from([3, 0, 0, 0]));
    const lying = Buffer.from(whole);
    lying.writeInt32LE(2_000_000, start);
    expect(takeChanges(received(lying))).to.equal(undefined);
    fc.assert(
      fc.property(fc.integer({ min: start + 4, max: whole.length - 9 }), (end) => {
        const cut = new DataChangeNotification(null as never);
        expect(() => cut.decode(new BinaryStream(whole.subarray(start, end)))).to.throw(RangeError);
        const message = new NotificationMessage({ notificationData: [cut] });
        message.notificationData = [cut];
        expect(takeChanges(message)).to.equal(undefined);
      }),
    );
  });
});

/** Eight bytes of a time as the client writes them. */
function stampOf(date: Date): Buffer {
  return sent(new NotificationMessage({ publishTime: date, notificationData: null })).subarray(4, 12);
}
