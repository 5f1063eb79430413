import { StatusCode } from '@gongfu/shared/model/quality';
import type { Value } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import { faultsOf, oneTag, Plant } from './plant.ts';

/** What the tag gives when each input has the one value. */
async function valueGiven(expression: string, type: string, values: Record<string, Value>): Promise<[Value, number]> {
  const plant = await Plant.of(expression, type).start();
  plant.write(values, 1_000);
  const sample = (await plant.samples()).at(-1);
  await plant.stop();
  expect(sample, expression).not.to.equal(undefined);
  return [sample!.value, sample!.status];
}

const values: Record<string, Value> = {
  x: 3,
  y: -2.5,
  z: 0,
  wide: 2n ** 62n + 1n,
  count: 2n ** 64n - 1n,
  on: true,
  state: '运行',
  'Temps[2]': 7,
  'Line1.Speed': 12.5,
  'line 1/温度 1': 21,
};

const good: readonly (readonly [string, string, Value])[] = [
  ['(a.x + a.y) / 1000', 'float64', 0.0005],
  ['a.x ** 2 % 5 - -1', 'float64', 5],
  ['a.x > 2 && !(a.y >= 0) || false', 'bool', true],
  ['a.on ? a.x : a.y', 'float64', 3],
  ['a.state == "运行" ? 1 : 0', 'uint8', 1],
  ['a.state', 'string', '运行'],
  ['min(a.x, a.y, 1) + max(a.x, 10)', 'float64', 7.5],
  ['avg(a.x, 4, 5) + sum(1, a.x)', 'float64', 8],
  ['round(a.y) * 100 + round(2.345 * (a.x - 2), 2)', 'float64', -297.65],
  ['floor(a.y) * 10 + ceil(a.y)', 'float64', -32],
  ['abs(a.y) + sqrt(a.x + 6) + clamp(a.x, 0, 2)', 'float64', 7.5],
  ['bit(a.x, 1) && !bit(a.x, 2) && bit(a.count, 63) && bit(-1 * a.x, 63)', 'bool', true],
  // An element of an array, a name with a dot, names that are none of the language.
  ['a.Temps[2] + a.Line1.Speed', 'float64', 19.5],
  ['a["Line1.Speed"] + tag("line 1", "温度 1")', 'float64', 33.5],
  // Whole numbers of 64 bits stay exact.
  ['a.wide + 1', 'int64', 2n ** 62n + 2n],
  ['a.wide - (2 * a.wide - a.wide) == 0', 'bool', true],
  ['a.wide < a.count - a.count / 5n', 'bool', true],
  ['a.count % 10', 'uint64', 5n],
  ['max(a.count, a.wide) - a.wide', 'uint64', 2n ** 64n - 1n - 2n ** 62n - 1n],
  ['abs(0 - a.wide)', 'int64', 2n ** 62n + 1n],
  ['a.count == 18446744073709551615n', 'bool', true],
  ['round(float(a.wide) / 1e18, 1)', 'float64', 4.6],
  ['a.count / 5', 'uint64', (2n ** 64n - 1n) / 5n],
];

const none: readonly (readonly [string, string, string])[] = [
  ['a.x / a.z', 'float64', 'division by zero'],
  ['a.x % a.z', 'float64', 'division by zero'],
  ['a.wide / (a.wide - a.wide)', 'float64', 'division by zero'],
  ['sqrt(a.y)', 'float64', 'no such number'],
  ['10 ** (100 * a.x) * 1e30', 'float64', 'too great a number'],
  // What is infinite on the way is none either, though the end would be a number.
  ['1 / (a.x * 1e308 * 10)', 'float64', 'too great a number'],
  ['a.wide + 0.5', 'float64', 'beyond what a number holds exactly'],
  ['a.wide', 'float64', 'beyond what a number holds exactly'],
  ['a.wide / 2', 'int64', 'beyond what a number holds exactly'],
  ['a.count + 1', 'uint64', 'is no uint64'],
  ['a.count', 'int64', 'is no int64'],
  ['a.x / 2', 'int32', '1.5 is no int32'],
  ['a.x + 253', 'uint8', '256 is no uint8'],
  ['bit(a.y, 0)', 'bool', 'no whole number'],
];

describe('expressions of derived tags', () => {
  it('give what a person expects of them', async () => {
    for (const [expression, type, expected] of good)
      expect(await valueGiven(expression, type, values), expression).to.deep.equal([expected, StatusCode.Good]);
  });

  it('give no value where arithmetic has none, and say why', async () => {
    for (const [expression, type, why] of none) {
      const plant = await Plant.of(expression, type).start();
      plant.write(values, 1_000);
      expect(await plant.rows(), expression).to.deep.equal([[1_000, null, StatusCode.BadOutOfRange]]);
      expect(plant.health().detail, expression).to.include(why).and.include('1 of 1 tags without a value, as v');
      await plant.stop();
    }
  });

  it('are refused with the place in them', () => {
    const faults: readonly (readonly [string, string])[] = [
      ['a.x +', 'unexpected token (at its end)'],
      ['a.x $ 2', 'unexpected token (at character 5'],
      ['a.x; a.y', 'there must be one expression only (at character 6, "a.y")'],
      ['', 'expression'],
      ['  // nothing', 'there is nothing in it'],
      ['if (a.x) a.y', 'this is no expression'],
      ['a.x + a.w', 'source a has no tag w'],
      ['a.widee + 1', 'source a has no tag widee; did you mean wide? (at character 1, "a.widee + 1")'],
      ['aa.x', 'there is no source aa; did you mean a?'],
      ['line-1 + a.x', 'this source has no tag line; of another it is source.tag'],
      ['x', 'this source has no tag x'],
      ['1 + 2', 'it reads no tag'],
      ['a.on + 1', 'a number is needed here, and this is a boolean (at character 1, "a.on + 1")'],
      ['a.x && a.on ? 1 : 0', 'a boolean is needed here, and this is a number'],
      ['a.state == 1 ? 1 : 0', 'a text is needed here, and this is a number (at character 12, "1 ? 1 : 0")'],
      ['a.on ? 1 : a.state', 'a number is needed here, and this is a text'],
      ['1 < a.x < 3 ? 1 : 0', 'a number is needed here, and this is a boolean (at character 1'],
      ['a.on', 'the tag is float64, and this gives a boolean'],
      ['minimum(a.x)', 'there is no function minimum(); '],
      ['mim(a.x)', 'did you mean min()?'],
      ['clamp(a.x)', 'clamp() takes 3 numbers, not 1'],
      ['rate(a.x + 1)', 'rate() takes one tag; what is worked out can be a derived tag itself'],
      ['rate(a.on)', 'rate() needs a number'],
      ['a.x | 1', 'there is no operator |'],
      ['typeof a.x', 'there is no operator typeof'],
      ['a.x ?? 1', 'there is no operator ??'],
      ['d.v + 1', 'a value cannot come of itself: v ← v'],
    ];
    for (const [expression, fault] of faults) {
      const found = faultsOf(oneTag(expression));
      expect(found, expression).to.have.length(1);
      expect(found[0], expression)
        .to.include(fault)
        .and.match(/^edge\.yaml:\d+/);
    }
  });

  it('reach nothing but tags: whatever else JavaScript has is refused', () => {
    const hostile = [
      'process.exit(1)',
      'globalThis',
      'this',
      'a.x.constructor',
      'a["__proto__"]',
      'a.constructor("return process")()',
      '(() => 1)()',
      'new Date()',
      '`${a.x}`',
      'a.x = 1',
      'a.x++',
      '[a.x]',
      '({ x: a.x })',
      'import("fs")',
      'eval("1")',
      'Function("1")',
      'min(...[a.x])',
      'min.constructor("1")',
      '/x/',
      'a.x, a.y',
      'a?.x',
      'tag(a.state)',
      'constructor',
      'toString()',
      '(function f() { return a.x })()',
      'async () => a.x',
      'await a.x',
      'yield',
      'new.target',
      'super.x',
    ];
    for (const expression of hostile) expect(faultsOf(oneTag(expression)), expression).to.have.length.above(0);
    expect(faultsOf(oneTag(`${'('.repeat(999)}a.x${')'.repeat(998)}`))).to.have.length(1);
    expect(faultsOf(oneTag(`${'-'.repeat(1_990)}a.x`))).to.have.length(1);
    expect(faultsOf(oneTag('a.x'.padEnd(2_001)))).to.have.length(1);
  });

  it('name a circle once, and go over a chain in whatever order it stands', async () => {
    const circle = `
  - name: d
    driver: derived
    tags:
      - { name: p, type: float64, expression: q + a.x }
      - { name: q, type: float64, expression: r * 2 }
      - { name: r, type: float64, expression: tag("p") }
`;
    expect(faultsOf(circle)).to.have.length(1);
    expect(faultsOf(circle)[0]).to.include('a value cannot come of itself: p ← q ← r ← p (at character 1, "tag("p")")');
    const plant = await new Plant(circle.replace('tag("p")', 'a.y')).start();
    plant.write({ x: 1, y: 10 }, 5);
    expect(await plant.rows('d/p')).to.deep.equal([[5, 21, 0]]);
    expect(await plant.rows('d/q')).to.deep.equal([[5, 20, 0]]);
    await plant.stop();
    const other = `${oneTag('a.x')}  - { name: e, driver: derived, tags: [{ name: w, type: float64, expression: d.v }] }\n`;
    expect(faultsOf(other)[0]).to.include('d is derived too; put both tags into one source');
    expect(faultsOf(oneTag('a.x', 'float64', '').replace('type: float64,', 'type: float64, scale: 2,'))[0]).to.include(
      'scale and offset belong into the expression',
    );
  });
});
