import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { modbusSourceSchema, modbusTagSchema } from '#edge/drivers/modbus/config';
import { halve, planGroups } from '#edge/drivers/modbus/plan';
import { planLines } from '#edge/drivers/modbus/plan-lines';
import { sourceOf, type TagText, tagOf } from './fixtures.ts';

const registers: Record<string, number> = {
  bool: 1,
  int16: 1,
  uint16: 1,
  uint8: 1,
  int32: 2,
  float32: 2,
  uint64: 4,
  float64: 4,
};

const tagText: fc.Arbitrary<TagText> = fc
  .record({
    area: fc.constantFrom('holding', 'input', 'coil', 'discrete'),
    register: fc.nat(400),
    type: fc.constantFrom(...(Object.keys(registers) as TagText['type'][]), 'string' as const),
    length: fc.integer({ min: 1, max: 60 }),
    unitId: fc.constantFrom(1, 2),
    intervalMs: fc.constantFrom(100, 1000),
  })
  .map(({ area, register, type, length, unitId, intervalMs }) => {
    const address = `${area}:${register}`;
    const rest = { address, unitId, intervalMs };
    if (area === 'coil' || area === 'discrete') return { ...rest, type: 'bool' };
    return type === 'string' ? { ...rest, type, length } : { ...rest, type };
  });

function widthOf(text: TagText): number {
  return text.type === 'string' ? Math.ceil(text.length! / 2) : registers[text.type]!;
}

/** Tries every way to share the spans out among requests. */
function fewestRequests(
  spans: readonly (readonly [number, number])[],
  never: readonly number[],
  { maxGap, registersPerRequestMax }: { maxGap: number; registersPerRequestMax: number },
): number {
  const isRequest = (members: readonly (readonly [number, number])[]) => {
    const start = Math.min(...members.map(([from]) => from));
    const end = Math.max(...members.map(([, to]) => to));
    let hole = 0;
    for (let at = start; at < end; at += 1) {
      hole = members.some(([from, to]) => at >= from && at < to) ? 0 : hole + 1;
      if (hole > maxGap || never.includes(at)) return false;
    }
    return end - start <= registersPerRequestMax;
  };
  const all = 2 ** spans.length - 1;
  const fewest = [0];
  for (let chosen = 1; chosen <= all; chosen += 1) {
    fewest[chosen] = Number.POSITIVE_INFINITY;
    for (let part = chosen; part > 0; part = (part - 1) & chosen) {
      const members = spans.filter((_, i) => (part >> i) & 1);
      if (fewest[chosen ^ part]! + 1 < fewest[chosen]! && isRequest(members))
        fewest[chosen] = fewest[chosen ^ part]! + 1;
    }
  }
  return fewest[all]!;
}

describe('Modbus plan', () => {
  it('covers every tag exactly once, whole, within the limits, with the right unit, area and interval', () => {
    const limits = fc.record({
      maxGap: fc.nat(20),
      registersPerRequestMax: fc.integer({ min: 30, max: 125 }),
      bitsPerRequestMax: fc.integer({ min: 1, max: 2000 }),
    });
    fc.assert(
      fc.property(fc.array(tagText, { maxLength: 60 }), limits, (texts, limit) => {
        const tags = texts.map((text, number) => tagOf({ ...text, number }));
        const groups = planGroups(sourceOf(limit), tags);
        const seen: number[] = [];
        for (const group of groups) {
          for (const { unitId, area, start, count, tags: members } of group.requests) {
            const bits = area === 'coil' || area === 'discrete';
            expect(count).to.be.within(1, bits ? limit.bitsPerRequestMax : limit.registersPerRequestMax);
            for (const { number } of members) {
              const text = texts[number]!;
              const [tagArea, register] = text.address.split(':');
              expect([unitId, area, group.intervalMs]).to.deep.equal([text.unitId, tagArea, text.intervalMs]);
              expect(Number(register)).to.be.at.least(start);
              expect(Number(register) + widthOf(text)).to.be.at.most(start + count);
              seen.push(number);
            }
          }
        }
        expect(seen.sort((a, b) => a - b)).to.deep.equal(texts.map((_, i) => i));
        const grouped = groups.flatMap((group) => group.tags.map(({ number }) => number));
        expect(grouped.sort((a, b) => a - b)).to.deep.equal(texts.map((_, i) => i));
      }),
    );
  });

  it('joins over a hole of maxGap and not over one more', () => {
    const plan = (second: number, maxGap: number) =>
      planGroups(sourceOf({ maxGap }), [
        tagOf({ address: 'holding:0', type: 'float32' }),
        tagOf({ address: `holding:${second}`, type: 'uint16' }),
      ])[0]!.requests.map(({ start, count }) => [start, count]);
    expect(plan(10, 8)).to.deep.equal([[0, 11]]);
    expect(plan(11, 8)).to.deep.equal([
      [0, 2],
      [11, 1],
    ]);
    expect(plan(2, 0)).to.deep.equal([[0, 3]]);
  });

  it('reads 10,000 neighbouring registers in 80 requests', () => {
    const tags = Array.from({ length: 10_000 }, (_, i) =>
      tagOf({ address: `holding:${i}`, type: 'uint16', number: i }),
    );
    expect(planGroups(sourceOf(), tags)[0]!.requests).to.have.lengthOf(80);
  });

  it('needs no more requests than the best of all ways to share out the tags', () => {
    const place = fc.record({ register: fc.nat(40), wide: fc.boolean() });
    const illegal = fc.array(fc.nat(40), { maxLength: 3 });
    const limits = fc.record({ maxGap: fc.nat(6), registersPerRequestMax: fc.integer({ min: 2, max: 20 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 7 }), illegal, limits, (places, never, limit) => {
        const spans = places
          .map(({ register, wide }) => [register, register + (wide ? 2 : 1)] as const)
          .filter(([start, end]) => !never.some((at) => at >= start && at < end));
        const tags = spans.map(([start, end], number) =>
          tagOf({ address: `holding:${start}`, type: end - start === 2 ? 'uint32' : 'uint16', number }),
        );
        const source = sourceOf({ ...limit, illegal: never.map((at) => `holding:${at}`) });
        const requests = planGroups(source, tags).flatMap((group) => group.requests);
        for (const { start, count } of requests) {
          expect(never.filter((at) => at >= start && at < start + count)).to.deep.equal([]);
        }
        expect(requests.length).to.equal(fewestRequests(spans, never, limit));
      }),
    );
  });

  it('halves a refused request without losing or splitting a tag', () => {
    const tags = [0, 1, 4, 9].map((register, number) =>
      tagOf({ address: `holding:${register}`, type: 'float32', number }),
    );
    const parts = halve(planGroups(sourceOf(), tags)[0]!.requests[0]!);
    expect(parts.map(({ start, count }) => [start, count])).to.deep.equal([
      [0, 3],
      [4, 7],
    ]);
    expect(parts.map((part) => part.tags.map(({ number }) => number))).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
  });

  it('shows the wire address of each tag', () => {
    const [line] = planLines(sourceOf({ unitId: 3 }), [
      tagOf({ address: '40001', type: 'float32', name: 'a' }),
      tagOf({ address: 'HR4', type: 'bool', bit: 5, name: 'b' }),
      tagOf({ address: '3!400002.15', type: 'bool', name: 'c' }),
      tagOf({ address: 'holding:2', type: 'uint8', byte: 'high', name: 'd' }),
    ]);
    expect(line).to.deep.equal({
      intervalMs: 1000,
      request: 'unit 3 FC3 holding:0..3 (4 registers)',
      durationMs: undefined,
      tags: [
        { name: 'a', address: 'unit 3 FC3 holding:0..1', type: 'float32' },
        { name: 'c', address: 'unit 3 FC3 holding:1.15', type: 'bool' },
        { name: 'd', address: 'unit 3 FC3 holding:2 high byte', type: 'uint8' },
        { name: 'b', address: 'unit 3 FC3 holding:3.5', type: 'bool' },
      ],
    });
  });

  it('names every tag that cannot be read, with its key', () => {
    const tags = [
      tagOf({ address: 'holding:0', type: 'uint16' }),
      tagOf({ address: 'coil:0', type: 'uint16' }),
      tagOf({ address: 'coil:0', type: 'bool', bit: 1 }),
      tagOf({ address: 'holding:0', type: 'int16', bit: 1 }),
      tagOf({ address: 'holding:0', type: 'string' }),
      tagOf({ address: 'holding:65534', type: 'float64' }),
      tagOf({ address: 'holding:0', type: 'int16', length: 4 }),
      tagOf({ address: 'holding:0', type: 'bcd16', encoding: 'gbk' }),
      tagOf({ address: 'holding:0', type: 'float16', byte: 'low' }),
      tagOf({ address: 'holding:0', type: 'float32', byteOrder: 'GHEFCDAB' }),
      tagOf({ address: 'holding:0.1', type: 'bcd32' }),
    ];
    try {
      planGroups(sourceOf(), tags);
      expect.fail('nothing was refused');
    } catch (error) {
      expect(error).to.be.instanceOf(Problem);
      const { code, places } = error as Problem;
      expect(code).to.equal('tag-unusable');
      expect(places.map(({ where }) => where)).to.deep.equal([
        'tags[1].type',
        'tags[2].bit',
        'tags[3].bit',
        'tags[4].length',
        'tags[5].address',
        'tags[6].length',
        'tags[7].encoding',
        'tags[8].byte',
        'tags[9].byteOrder',
        'tags[10].bit',
      ]);
    }
  });

  it('its schemas fill in defaults, take an unquoted alias, and refuse unknown keys and wrong ranges', () => {
    expect(modbusSourceSchema.parse({ host: 'plc' })).to.deep.include({
      port: 502,
      unitId: 1,
      timeout: 1000,
      maxGap: 8,
    });
    expect(modbusTagSchema.parse({ address: 40011 })).to.deep.equal({ address: { area: 'holding', register: 10 } });
    expect(modbusTagSchema.parse({ address: '2!40011.10' })).to.deep.equal({
      address: { area: 'holding', register: 10 },
      bit: 10,
      unitId: 2,
    });
    expect(modbusTagSchema.parse({ address: 'HR1.3', bit: 3 }).bit).to.equal(3);
    for (const keys of [
      {},
      { host: 'a', prt: 1 },
      { host: 'a', port: 70000 },
      { host: 'a', timeout: '5' },
      { host: 'a', byteOrder: 'ACBD' },
    ]) {
      expect(modbusSourceSchema.safeParse(keys).success, JSON.stringify(keys)).to.equal(false);
    }
    for (const keys of [
      { address: 'holding:1', bit: 16 },
      { address: 'holding:1', length: 251 },
      { address: 7 },
      { address: 'HR1.3', bit: 4 },
      { address: '1!HR1', unitId: 2 },
    ]) {
      expect(modbusTagSchema.safeParse(keys).success, JSON.stringify(keys)).to.equal(false);
    }
  });

  it('does not take an unquoted address with a bit: of 400001.10 only 400001.1 is left', () => {
    const { error } = modbusTagSchema.safeParse({ address: 400001.1 });
    expect(error!.issues.map(({ message }) => message))
      .to.have.lengthOf(1)
      .and.satisfy(([what]: string[]) => /put the address in quotes/.test(what!));
  });
});
