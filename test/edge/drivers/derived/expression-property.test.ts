import { createContext, runInContext } from 'node:vm';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';
import { Plant } from './plant.ts';

describe('expressions of derived tags beside V8', () => {
  it('count the same, whatever the expression', async function () {
    this.timeout(60_000);
    const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
    await fc.assert(
      fc.asyncProperty(anyNumber, value, value, value, async ({ ours, theirs }, x, y, z) => {
        const whole = `${ours} + 0 * a.x`;
        if (whole.length > 2_000) return;
        const one = await Plant.of(whole).start();
        one.write({ x, y, z }, 1);
        const [row] = await one.rows();
        await one.stop();
        const expected = oracle(`finite(${theirs} + finite(0 * a.x))`, { x, y, z });
        if (expected === undefined) expect(row!.slice(1), whole).to.deep.equal([null, StatusCode.BadOutOfRange]);
        // Zeros of either sign are one number to everybody but bits.
        else expect((row![1] as number) + 0, whole).to.equal(expected + 0);
      }),
      { numRuns: 300 },
    );
  });
});

/** An expression, and the same for V8, which is asked after each step whether it is still a number. */
interface Twin {
  readonly ours: string;
  readonly theirs: string;
}

const twin = (ours: string, theirs = ours): Twin => ({ ours, theirs });

const { number: anyNumber } = fc.letrec<{ number: Twin; boolean: Twin }>((tie) => {
  const [number, boolean] = [tie('number'), tie('boolean')];
  const joined = (x: Twin, operator: string, y: Twin): Twin =>
    twin(`(${x.ours} ${operator} ${y.ours})`, `(${x.theirs} ${operator} ${y.theirs})`);
  const checked = ({ ours, theirs }: Twin): Twin => twin(ours, `finite(${theirs})`);
  const called = (name: string, ...given: readonly Twin[]): Twin =>
    twin(
      `${name}(${given.map(({ ours }) => ours).join(', ')})`,
      `finite(Math.${name}(${given.map(({ theirs }) => theirs).join(', ')}))`,
    );
  return {
    number: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('a.x', 'a.y', 'a.z', '0', '2', '0.5', '1e3').map((text) => twin(text)),
      fc
        .tuple(number, fc.constantFrom('+', '-', '*', '/', '%', '**'), number)
        .map(([x, operator, y]) => checked(joined(x, operator, y))),
      number.map(({ ours, theirs }) => twin(`(-${ours})`, `(-${theirs})`)),
      fc
        .tuple(boolean, number, number)
        .map(([test, x, y]) =>
          twin(`(${test.ours} ? ${x.ours} : ${y.ours})`, `(${test.theirs} ? ${x.theirs} : ${y.theirs})`),
        ),
      fc.tuple(fc.constantFrom('min', 'max'), number, number).map(([name, x, y]) => called(name, x, y)),
      fc.tuple(fc.constantFrom('abs', 'floor', 'ceil', 'sqrt'), number).map(([name, x]) => called(name, x)),
    ),
    boolean: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .tuple(number, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), number)
        .map(([x, operator, y]) => joined(x, operator, y)),
      fc.tuple(boolean, fc.constantFrom('&&', '||'), boolean).map(([x, operator, y]) => joined(x, operator, y)),
      boolean.map(({ ours, theirs }) => twin(`(!${ours})`, `(!${theirs})`)),
    ),
  };
});

/** What V8 makes of it; undefined where anything on the way is no finite number. */
function oracle(expression: string, a: Readonly<Record<string, number>>): number | undefined {
  const finite = (x: number): number => {
    if (!Number.isFinite(x)) throw new RangeError('not finite');
    return x;
  };
  try {
    return runInContext(expression, createContext({ a, finite })) as number;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
