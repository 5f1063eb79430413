import { expect } from 'chai';
import fc from 'fast-check';
import { DataType } from '#cloud/mqtt/sparkplug/data-type';
import { defaultNodeLimits, EdgeNode, type NodeMessage } from '#cloud/mqtt/sparkplug/edge-node';
import type { Metric } from '#cloud/mqtt/sparkplug/payload';
import type { NodeMessageKind } from '#cloud/mqtt/sparkplug/topic';

const flags = { isHistorical: false, isTransient: false, isNull: false };
const bdSeq = (value: number): Metric => ({
  ...flags,
  name: 'bdSeq',
  datatype: DataType.Int64,
  carried: BigInt(value),
});
const named = (name: string, alias: number, carried: number): Metric => ({
  ...flags,
  name,
  alias: String(alias),
  datatype: DataType.Int32,
  carried,
});
const aliased = (alias: number, carried: number, more: Partial<Metric> = {}): Metric => ({
  ...flags,
  alias: String(alias),
  carried,
  ...more,
});

function node() {
  const state = new EdgeNode({ source: 'G/N', limits: defaultNodeLimits, room: { left: 1_000_000 } });
  let now = 1_000;
  const say = (kind: NodeMessageKind, sequence: number | undefined, metrics: Metric[] = [], device = '') => {
    now += 10;
    const message: NodeMessage = { kind, device, payload: { time: now, sequence, metrics }, arrivedAt: now };
    return state.take(message);
  };
  return { state, say, expire: (laterMs: number) => state.expire(now + laterMs), now: () => now };
}

const values = ({ readings }: { readings: readonly { source: string; name: string; value: unknown }[] }) =>
  readings.map(({ source, name, value }) => `${source} ${name}=${value}`);

describe('Sparkplug edge node', () => {
  it('births name what later messages give by alias, of the node and of its devices', () => {
    const { say } = node();
    expect(values(say('NBIRTH', 0, [bdSeq(3), named('load', 1, 5)]))).to.deep.equal(['G/N load=5']);
    expect(values(say('DBIRTH', 1, [named('speed', 1, 7)], 'press'))).to.deep.equal(['G/N/press speed=7']);
    expect(values(say('NDATA', 2, [aliased(1, 6)]))).to.deep.equal(['G/N load=6']);
    expect(values(say('DDATA', 3, [aliased(1, 8)], 'press'))).to.deep.equal(['G/N/press speed=8']);
  });

  it('gives the same readings in the same order however messages overtook each other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 400 }),
        (first, delays) => {
          const { say } = node();
          say('NBIRTH', first, [bdSeq(0), named('n', 1, -1)]);
          // A message with delay d arrives after those up to d places behind it: never further off than the window reaches.
          const arrival = delays
            .map((delay, index) => ({ index, at: index + delay }))
            .sort((a, b) => a.at - b.at || a.index - b.index);
          const outcomes = arrival.map(({ index }) => say('NDATA', (first + 1 + index) & 255, [aliased(1, index)]));
          expect(outcomes.flatMap(({ readings }) => readings.map(({ value }) => value))).to.deep.equal(
            delays.map((_, index) => index),
          );
          expect(outcomes.map(({ rebirth }) => rebirth).filter(Boolean)).to.deep.equal([]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('waits for a hole, then keeps what follows it and asks for a rebirth once', () => {
    const { say, expire } = node();
    say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
    expect(values(say('NDATA', 2, [aliased(1, 2)]))).to.deep.equal([]);
    expect(values(say('NDATA', 3, [aliased(1, 3)]))).to.deep.equal([]);
    expect(expire(1_000).rebirth).to.equal('');
    const outcome = expire(2_100);
    expect(values(outcome)).to.deep.equal(['G/N n=2', 'G/N n=3']);
    expect(outcome.rebirth).to.equal('messages before 2 did not arrive');
    expect(expire(9_000).rebirth).to.equal('');
    expect(values(say('NDATA', 4, [aliased(1, 4)]))).to.deep.equal(['G/N n=4']);
  });

  it('names what is missing: from the message before the hole to the one after it', () => {
    const { say, expire } = node();
    say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
    say('NDATA', 1, [aliased(1, 1)]);
    say('NDATA', 3, [aliased(1, 3)]);
    say('NDATA', 4, [aliased(1, 4)]);
    const loss = { fromSequence: -1, toSequence: -1, samples: -1, reason: 'messages-missing', source: 'G/N' };
    expect(expire(2_100).gaps).to.deep.equal([{ ...loss, fromTime: 1_020, toTime: 1_030 }]);
    expect(expire(9_000).gaps).to.deep.equal([]);
  });

  it('a node whose numbers make no sense is told once a minute, with all it may have lost', () => {
    const { say, expire } = node();
    say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
    const told = [60, 120, 180].flatMap((sequence) => say('NDATA', sequence, [aliased(1, 1)]).gaps);
    expect(told.map(({ fromTime, toTime }) => [fromTime, toTime])).to.deep.equal([[1_010, 1_020]]);
    expect(expire(59_000).gaps).to.deep.equal([]);
    expect(expire(61_000).gaps.map(({ fromTime, toTime }) => [fromTime, toTime])).to.deep.equal([[1_020, 1_040]]);
    expect(expire(200_000).gaps).to.deep.equal([]);
  });

  it('after an interruption the next number is no loss, any other and a birth are', () => {
    for (const [say2, gaps] of [
      [['NDATA', 1], 0],
      [['NDATA', 2], 1],
      [['NDATA', 240], 1],
      [['NBIRTH', 0], 1],
    ] as const) {
      const { state, say } = node();
      say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
      state.interrupted();
      const [kind, sequence] = say2;
      expect(say(kind, sequence, [bdSeq(0), named('n', 1, 1)]).gaps, say2.join(' ')).to.have.length(gaps);
      expect(say('NDATA', (sequence + 1) & 255, [aliased(1, 2)]).gaps).to.have.length(0);
    }
  });

  it('goes on from a number far off, and asks', () => {
    const { say } = node();
    say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
    const outcome = say('NDATA', 100, [aliased(1, 9)]);
    expect(values(outcome)).to.deep.equal(['G/N n=9']);
    expect(outcome.rebirth).to.contain('100');
    expect(say('NDATA', 101, [aliased(1, 10)]).rebirth).to.equal('');
  });

  it('a message delivered twice does not disturb the order', () => {
    const { say } = node();
    say('NBIRTH', 250, [bdSeq(0), named('n', 1, 0)]);
    for (const sequence of [251, 251, 252, 253, 252, 254, 255, 0, 0, 1]) {
      expect(say('NDATA', sequence, [aliased(1, sequence)]).rebirth).to.equal('');
    }
  });

  it('marks what is dead as not communicating, and only the dead', () => {
    const { say, now } = node();
    say('NBIRTH', 0, [bdSeq(5), named('load', 1, 5)]);
    say('DBIRTH', 1, [named('speed', 2, 7)], 'press');
    say('DBIRTH', 2, [named('flow', 3, 7)], 'pump');
    const dead = say('DDEATH', 3, [], 'press');
    expect(dead.readings).to.have.length(1);
    expect(dead.readings[0]).to.include({ source: 'G/N/press', value: null, status: 0x80310000, sourceTime: now() });
    expect(values(say('NDEATH', undefined, [bdSeq(5)]))).to.deep.equal(['G/N load=null', 'G/N/pump flow=null']);
    expect(values(say('NDEATH', undefined, [bdSeq(5)]))).to.deep.equal([]);
  });

  it('ignores the death of a connection that was replaced, around 255 too', () => {
    for (const [old, current] of [
      [4, 5],
      [255, 0],
    ] as const) {
      const { say } = node();
      say('NBIRTH', 0, [bdSeq(current), named('load', 1, 5)]);
      expect(say('NDEATH', undefined, [bdSeq(old)]).readings).to.deep.equal([]);
      expect(say('NDATA', 1, [aliased(1, 6)]).rebirth).to.equal('');
      expect(say('NDEATH', undefined, [bdSeq(current)]).readings).to.have.length(1);
    }
  });

  it('without a birth: an unknown alias is refused by name, a named metric is kept, both ask', () => {
    const { say } = node();
    const blind = say('NDATA', 9, [aliased(4, 1)]);
    expect(blind.rejections).to.deep.equal(['alias 4 was named by no birth']);
    expect(blind.rebirth).to.not.equal('');
    const told = say('NDATA', 10, [named('n', 4, 1)]);
    expect(values(told)).to.deep.equal(['G/N n=1']);
    expect(told.rebirth).to.not.equal('');
    expect(say('NBIRTH', 77, [bdSeq(0), named('n', 4, 1)])).to.include({ rebirth: '', born: true });
    expect(say('NDATA', 78, [aliased(4, 2)]).rebirth).to.equal('');
  });

  it('a device that is not born again with its node goes stale', () => {
    const { say, expire } = node();
    say('NBIRTH', 0, [bdSeq(0)]);
    say('DBIRTH', 1, [named('speed', 2, 7)], 'press');
    say('NBIRTH', 0, [bdSeq(0)]);
    expect(values(expire(29_000))).to.deep.equal([]);
    expect(values(expire(31_000))).to.deep.equal(['G/N/press speed=null']);
    expect(values(expire(90_000))).to.deep.equal([]);
  });

  it('keeps historical values at their time without taking them for the newest', () => {
    const { say } = node();
    say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
    const late = say('NDATA', 1, [aliased(1, 5, { isHistorical: true, time: 500 })]);
    expect(late.readings[0]).to.include({ value: 5, sourceTime: 500 });
    expect(say('NDEATH', undefined, [bdSeq(0)]).readings[0]!.sourceTime).to.be.greaterThan(1_000);
  });

  it('a time nobody can believe is the door’s to refuse, and neither hides what follows nor stretches a loss', () => {
    for (const time of [9e15, 1.7e18, Number.POSITIVE_INFINITY]) {
      const { state, say, now } = node();
      say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
      expect(say('NDATA', 1, [aliased(1, 5, { time })]).readings[0]).to.include({ value: 5, sourceTime: time });
      const arrivedAt = now() + 10;
      const payload = { time, sequence: 100, metrics: [aliased(1, 6)] };
      const { gaps } = state.take({ kind: 'NDATA', device: '', payload, arrivedAt });
      expect(gaps.map(({ fromTime, toTime }) => [fromTime, toTime])).to.deep.equal([[now(), arrivedAt]]);
      const dead = say('NDEATH', undefined, [bdSeq(0)]);
      expect(dead.readings.map(({ sourceTime }) => sourceTime)).to.deep.equal([now()]);
    }
  });

  it('waits for no message that is missing with more metrics than may wait', () => {
    const { say } = node();
    say('NBIRTH', 0, [bdSeq(0), named('n', 1, 0)]);
    const many = new Array<Metric>(defaultNodeLimits.heldMetricsMax / 2 + 1).fill(aliased(1, 1));
    expect(say('NDATA', 2, many).readings).to.deep.equal([]);
    const given = say('NDATA', 3, many);
    expect(given.readings).to.have.length(2 * many.length);
    expect([given.gaps.length, given.rebirth]).to.deep.equal([1, 'messages before 2 did not arrive']);
  });

  it('devices that are never born are not remembered, those that are up to a limit, the node itself always', () => {
    const { state, say } = node();
    for (let n = 0; n < 5_000; n += 1) say('DDATA', 0, [aliased(1, 1)], `d${n}`);
    expect(state.isBlank).to.equal(true);
    expect(say('NBIRTH', 0, [bdSeq(0), named('n', 1, 3)])).to.include({ born: true });
    const births = Array.from({ length: 2_010 }, (_, n) => say('DBIRTH', (n + 1) & 255, [named('n', 1, n)], `d${n}`));
    expect(births.filter(({ rejections }) => rejections.length > 0)).to.have.length(10);
    expect(births.at(-1)!.rejections[0]).to.contain('d2009: more than 2000 devices');
  });

  it('a metric the birth could not make known is not asked for again', () => {
    const { say } = node();
    const recipe: Metric = { ...flags, name: 'recipe', alias: '7', datatype: DataType.Template };
    const torn: Metric = { ...flags, fault: 'alias 8: the name is not UTF-8', alias: '8', datatype: DataType.Int32 };
    expect(say('NBIRTH', 0, [bdSeq(0), recipe, torn]).rejections).to.have.length(2);
    for (const [place, alias] of [7, 8].entries()) {
      const told = say('NDATA', place + 1, [aliased(alias, 1)]);
      expect([told.rebirth, told.rejections]).to.deep.equal(['', [`alias ${alias} was left out of the birth`]]);
    }
  });

  it('names metrics that are no single value and takes the others', () => {
    const { say } = node();
    const birth = say('NBIRTH', 0, [
      bdSeq(0),
      { ...flags, name: 'recipe', datatype: DataType.Template },
      named('n', 1, 1),
    ]);
    expect(birth.rejections).to.deep.equal(['recipe: Template is not a single value']);
    expect(values(birth)).to.deep.equal(['G/N n=1']);
  });
});
