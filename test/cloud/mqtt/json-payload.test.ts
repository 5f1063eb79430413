import { expect } from 'chai';
import fc from 'fast-check';
import { JsonPayload, type TopicMapping } from '#cloud/mqtt/json-payload';
import { listPieces, parseJson } from '#cloud/mqtt/json-text';
import { takeThingsBoard, thingsBoardTopics } from '#cloud/mqtt/thingsboard';
import { topicPatternFault, unknownNames } from '#cloud/mqtt/topic-pattern';

const plain: TopicMapping = {
  topic: 'plant/{line}/{machine}/data',
  payload: 'json',
  source: '{line}/{machine}',
  tag: '',
  time: 'ts',
  timeUnit: 'ms',
  unit: '',
};
const shown = (
  taken: { readings: readonly { source: string; name: string; sourceTime: number; value: unknown }[] } | undefined,
) => taken?.readings.map(({ source, name, sourceTime, value }) => [source, name, sourceTime, value]);

describe('plain MQTT payloads', () => {
  it('an object of fields at the time it names, 64-bit integers exact, objects by their path', () => {
    const text = '{"ts":1700000000123,"counter":9007199254740993,"oil":{"temp":21.5},"on":true,"program":"A1"}';
    const taken = new JsonPayload(plain).take('plant/L1/M2/data', text, 5);
    expect(shown(taken)).to.deep.equal([
      ['L1/M2', 'counter', 1700000000123, 9007199254740993n],
      ['L1/M2', 'oil.temp', 1700000000123, 21.5],
      ['L1/M2', 'on', 1700000000123, true],
      ['L1/M2', 'program', 1700000000123, 'A1'],
    ]);
    expect(taken!.readings.map(({ type }) => type)).to.deep.equal(['int64', 'float64', 'bool', 'string']);
  });

  it('a time in any unit is the millisecond it lies in, as a number and as a text', () => {
    const times = fc.integer({ min: 0, max: 4_102_444_800_000 });
    const below = fc.integer({ min: 0, max: 999_999 }).map((digits) => String(digits).padStart(6, '0'));
    fc.assert(
      fc.property(times, below, (ms, digits) => {
        const written = { s: (ms / 1000).toFixed(3), ms, us: `${ms}${digits.slice(0, 3)}`, ns: `${ms}${digits}` };
        for (const timeUnit of ['s', 'ms', 'us', 'ns'] as const) {
          const payload = new JsonPayload({ ...plain, timeUnit });
          // JSON knows no number that begins with a zero.
          const number = String(written[timeUnit]).replace(/^0+(?=\d)/, '');
          for (const ts of [number, `"${number}"`]) {
            const taken = payload.take('plant/L1/M2/data', `{"ts":${ts},"a":1}`, 5);
            expect(taken?.readings[0]?.sourceTime, `${ts} ${timeUnit}`).to.equal(ms);
          }
        }
      }),
    );
  });

  it('a list of objects, each at its own time; the one that is wrong is named and no other suffers', () => {
    const taken = new JsonPayload(plain).take(
      'plant/L1/M2/data',
      '[{"ts":1,"a":1},{"ts":"x","a":2},7,{"ts":3,"a":3}]',
      5,
    );
    expect(shown(taken)).to.deep.equal([
      ['L1/M2', 'a', 1, 1],
      ['L1/M2', 'a', 3, 3],
    ]);
    expect(taken!.rejections.map(({ where }) => where)).to.deep.equal(['plant/L1/M2/data [1]', 'plant/L1/M2/data [2]']);
  });

  it('a long list is read piece by piece, and says the same of each entry as the whole', () => {
    const entry = fc.oneof(
      fc.record({ ts: fc.nat(), 'a,]"': fc.oneof(fc.integer(), fc.string()), list: fc.constant([1, { b: ',' }]) }),
      fc.constantFrom<unknown>(7, 'text, [', null, [1, 2]),
    );
    const payload = new JsonPayload(plain);
    fc.assert(
      fc.property(fc.array(entry), fc.nat(60), fc.constantFrom('', ' ', '\n'), (entries, pieceLength, space) => {
        const text = `${space}[${entries.map((one) => JSON.stringify(one)).join(`${space},`)}${space}]${space}`;
        const whole = payload.take('plant/L1/M2/data', text, 5)!;
        const pieces = [...listPieces(text, { pieceLength })].map(
          (piece) => payload.take('plant/L1/M2/data', piece.text, 5, piece.before)!,
        );
        expect(pieces.flatMap(({ readings }) => readings)).to.deep.equal(whole.readings);
        expect(pieces.flatMap(({ rejections }) => rejections)).to.deep.equal(whole.rejections);
      }),
    );
  });

  it('a long list that is broken: the entries before are taken, what is broken is named', () => {
    const good = Array.from({ length: 50_000 }, (_, n) => `{"ts":${n + 1},"a":${n}}`).join(',');
    const payload = new JsonPayload(plain);
    for (const end of ['', ',]', ',,{}]', ']x', ',{"ts":1', ']]']) {
      const pieces = [...payload.piecesOf(`[${good}${end}`)];
      expect(pieces.length, end).to.be.greaterThan(10);
      const taken = pieces.map(({ text, before }) => payload.take('plant/L1/M2/data', text, 5, before)!);
      expect(
        taken.slice(0, -1).flatMap(({ rejections }) => rejections),
        end,
      ).to.deep.equal([]);
      expect(taken.at(-1)!.readings, end).to.deep.equal([]);
      expect(taken.at(-1)!.rejections[0]!.reason, end).to.match(/^not readable as JSON/);
    }
  });

  it('chosen fields with names, types and units; ISO time; null of a typed field is bad', () => {
    const fields = {
      'd.count': { tag: 'pieces', type: 'uint64', unit: '' },
      temp: { unit: 'Cel', type: 'float32' },
    } as const;
    const mapping: TopicMapping = { ...plain, time: 'at', timeUnit: 'iso', fields, tag: '{machine}' };
    const text = '{"at":"2026-11-26T08:00:00+08:00","d":{"count":"18446744073709551615"},"temp":null,"other":1}';
    const taken = new JsonPayload(mapping).take('plant/L1/M2/data', text, 5)!;
    expect(shown(taken)).to.deep.equal([
      ['L1/M2', 'M2.pieces', Date.UTC(2026, 10, 26), 2n ** 64n - 1n],
      ['L1/M2', 'M2.temp', Date.UTC(2026, 10, 26), null],
    ]);
    expect(taken.readings[1]).to.include({ unit: 'Cel', status: 0x80320000 });
  });

  it('a bare value under the name its topic gives', () => {
    const mapping: TopicMapping = {
      ...plain,
      topic: 'v/{source}/#',
      source: '{source}',
      tag: '{#}',
      payload: 'value',
      time: undefined,
    };
    const take = (text: string) => shown(new JsonPayload(mapping).take('v/pump/oil/temp', text, 5))?.[0]?.[3];
    expect(['21.5', ' -3 ', 'true', '"on"', 'RUNNING', '9007199254740993'].map(take)).to.deep.equal([
      21.5,
      -3,
      true,
      'on',
      'RUNNING',
      9007199254740993n,
    ]);
    expect(new JsonPayload(mapping).take('w/pump/oil', '1', 5)).to.equal(undefined);
  });

  it('1e400 is bad without a value; lists and depth are named', () => {
    const payload = new JsonPayload({ ...plain, time: undefined });
    const take = (text: string) => payload.take('plant/L/M/data', text, 5)!;
    expect(take('{"a":1e400}').readings[0]).to.include({ status: 0x803c0000, value: null });
    expect(take('{"a":[1]}').rejections[0]).to.deep.equal({
      where: 'plant/L/M/data a',
      reason: 'a list is not a single value',
    });
    expect(take(`${'['.repeat(100_000)}`).rejections[0]!.reason).to.contain('nested deeper');
    expect(take('{"a":').rejections[0]!.reason).to.contain('not readable as JSON');
  });

  it('reads long texts and names as JSON does, beside exact integers', () => {
    const part = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', minLength: 60, maxLength: 80 }));
    const text = fc.oneof(part, fc.constantFrom('='.repeat(65), `${'='.repeat(65)}0`, '"\\'.repeat(40)));
    const entry = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 })));
    fc.assert(fc.property(entry, (json) => void expect(parseJson(JSON.stringify(json))).to.deep.equal(json)));
    const long = 'x'.repeat(1_000_000);
    expect(parseJson(`{"a":"${long}","b":9007199254740993,"${long}":1}`)).to.deep.equal({
      a: long,
      b: 9007199254740993n,
      [long]: 1,
    });
    for (const wrong of [`{"a":"${long}`, `{"a":"\n${long}"}`, `{"a":"\\x${long}"}`, `"${long}""`])
      expect(() => parseJson(wrong)).to.throw(SyntaxError);
  });

  it('fails on no topic and no text', () => {
    const payload = new JsonPayload(plain);
    const text = fc.oneof(fc.json(), fc.string(), fc.constant('{"__proto__":{"x":1},"constructor":1,"ts":1}'));
    fc.assert(
      fc.property(text, fc.constantFrom(...thingsBoardTopics), (body, topic) => {
        payload.take('plant/a/b/data', body, 1);
        takeThingsBoard(topic, body, { source: 's', arrivedAt: 1 });
      }),
    );
  });

  it('says what is no pattern and which names a template lacks', () => {
    expect(topicPatternFault('a/{b}/+/#')).to.equal(undefined);
    for (const wrong of ['a/#/b', 'a/b+', '{x}/{x}', 'a/{}/b', 'a#'])
      expect(topicPatternFault(wrong), wrong).to.be.a('string');
    expect(unknownNames('{line}-{cell}-{#}', 'p/{line}/#')).to.deep.equal(['cell']);
  });
});

describe('ThingsBoard over MQTT', () => {
  const take = (topic: string, json: unknown) =>
    takeThingsBoard(topic, JSON.stringify(json), { source: 'me', arrivedAt: 5 });

  it('device telemetry in all its forms', () => {
    const topic = 'v1/devices/me/telemetry';
    expect(shown(take(topic, { a: 1 }))).to.deep.equal([['me', 'a', 5, 1]]);
    expect(shown(take(topic, { ts: 9, values: { a: 1, b: 'x' } }))).to.deep.equal([
      ['me', 'a', 9, 1],
      ['me', 'b', 9, 'x'],
    ]);
    expect(shown(take(topic, [{ ts: 9, values: { a: 1 } }, { b: false }]))).to.deep.equal([
      ['me', 'a', 9, 1],
      ['me', 'b', 5, false],
    ]);
  });

  it('gateway telemetry: each device a source', () => {
    const json = { 'Device A': [{ ts: 9, values: { a: 1 } }], 'Device B': [{ b: 2 }] };
    expect(shown(take('v1/gateway/telemetry', json))).to.deep.equal([
      ['Device A', 'a', 9, 1],
      ['Device B', 'b', 5, 2],
    ]);
  });

  it('attributes under their own names', () => {
    expect(shown(take('v1/devices/me/attributes', { fw: '1.2' }))).to.deep.equal([['me', 'attributes.fw', 5, '1.2']]);
    expect(shown(take('v1/gateway/attributes', { D: { fw: '1' } }))).to.deep.equal([['D', 'attributes.fw', 5, '1']]);
  });
});
