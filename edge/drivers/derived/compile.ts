import { nearestOf } from '@gongfu/shared/config/known-key';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type {
  BinaryExpression,
  CallExpression,
  ConditionalExpression,
  Expression,
  Literal,
  LogicalExpression,
  UnaryExpression,
} from 'acorn';
import { add, divide, multiply, type Numeric, negate, power, remainder, subtract } from './arithmetic.ts';
import { numberFunctions } from './functions.ts';
import type { Evaluation, Input, Operand } from './input.ts';
import { type Fault, type Reference, referenceOf } from './syntax.ts';

/** What an expression gives; unknown where it has a fault, so that one fault is not told twice. */
type Gives = 'number' | 'boolean' | 'text' | 'unknown';

/** An expression, or a part of one, ready to run. `run` throws NoValue. */
export interface Part {
  readonly gives: Gives;
  readonly run: (evaluation: Evaluation) => Operand;
}

const arithmetic: Readonly<Record<string, (x: Numeric, y: Numeric) => Numeric>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
  '**': power,
};
const orders: Readonly<Record<string, (x: Numeric, y: Numeric) => boolean>> = {
  '<': (x, y) => x < y,
  '<=': (x, y) => x <= y,
  '>': (x, y) => x > y,
  '>=': (x, y) => x >= y,
};
const equalities: Readonly<Record<string, boolean>> = { '==': true, '===': true, '!=': false, '!==': false };
/** Functions that read a tag and not a value. */
const tagFunctions = ['previous', 'rate', 'good'];

export function givesOf(kind: ColumnKind): Gives {
  return kind === 'boolean' || kind === 'text' ? kind : 'number';
}

/**
 * Turns a parsed expression into closures over its inputs, or says what is wrong with it. Only what is named here is ever
 * run: there is no way from an expression to anything else of the program.
 */
export class Compiler {
  readonly faults: Fault[] = [];
  readonly #inputOf: (reference: Reference, at: number) => Input | string;

  /** `inputOf` answers with what is wrong where there is no such tag. */
  constructor(inputOf: (reference: Reference, at: number) => Input | string) {
    this.#inputOf = inputOf;
  }

  compile(node: Expression): Part {
    switch (node.type) {
      case 'Literal':
        return this.#literal(node);
      case 'UnaryExpression':
        return this.#unary(node);
      case 'BinaryExpression':
        return this.#binary(node);
      case 'LogicalExpression':
        return this.#logical(node);
      case 'ConditionalExpression':
        return this.#conditional(node);
      case 'ParenthesizedExpression':
        return this.compile(node.expression);
      case 'CallExpression':
        return this.#call(node);
      case 'Identifier':
      case 'MemberExpression': {
        const input = this.#input(node);
        return input === undefined
          ? unknown
          : { gives: givesOf(input.kind), run: (evaluation) => input.read(evaluation) };
      }
      default:
        return this.#refuse(node, 'this has no place in an expression');
    }
  }

  #refuse({ start }: { readonly start: number }, what: string): Part {
    this.faults.push({ at: start, what });
    return unknown;
  }

  #literal(node: Literal): Part {
    const { value } = node;
    if (typeof value === 'string') return { gives: 'text', run: () => value };
    if (typeof value === 'boolean') return { gives: 'boolean', run: () => value };
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)))
      return { gives: 'number', run: () => value };
    return this.#refuse(node, 'this is no number, text, true or false');
  }

  /** Compiles a part that must give `wanted`. */
  #wanted(node: Expression, wanted: Gives): Part {
    const part = this.compile(node);
    if (part.gives === wanted || part.gives === 'unknown') return part;
    return this.#refuse(node, `a ${wanted} is needed here, and this is a ${part.gives}`);
  }

  #unary(node: UnaryExpression): Part {
    const { operator, argument } = node;
    if (operator === '!') {
      const { run } = this.#wanted(argument, 'boolean');
      return { gives: 'boolean', run: (evaluation) => !run(evaluation) };
    }
    if (operator !== '-' && operator !== '+') return this.#refuse(node, `there is no operator ${operator}`);
    const { run } = this.#wanted(argument, 'number');
    if (operator === '+') return { gives: 'number', run };
    return { gives: 'number', run: (evaluation) => negate(run(evaluation) as Numeric) };
  }

  #binary(node: BinaryExpression): Part {
    const { operator } = node;
    const [left, right] = [node.left as Expression, node.right];
    const equal = equalities[operator];
    if (equal !== undefined) return this.#equality(left, right, equal);
    const calculate = arithmetic[operator];
    const compare = orders[operator];
    const operation = calculate ?? compare;
    if (operation === undefined) return this.#refuse(node, `there is no operator ${operator}`);
    const [x, y] = [this.#wanted(left, 'number').run, this.#wanted(right, 'number').run];
    return {
      gives: calculate === undefined ? 'boolean' : 'number',
      run: (evaluation) => operation(x(evaluation) as Numeric, y(evaluation) as Numeric),
    };
  }

  #equality(left: Expression, right: Expression, equal: boolean): Part {
    const x = this.compile(left);
    const y = x.gives === 'unknown' ? this.compile(right) : this.#wanted(right, x.gives);
    return {
      gives: 'boolean',
      run: (evaluation) => {
        const [one, other] = [x.run(evaluation), y.run(evaluation)];
        // A 64-bit integer and a number are compared by what they are worth; there is no NaN among them.
        return (one === other || (typeof one !== typeof other && !(one < other) && !(one > other))) === equal;
      },
    };
  }

  #logical(node: LogicalExpression): Part {
    const { operator, left, right } = node;
    if (operator === '??') return this.#refuse(node, 'there is no operator ??');
    const [x, y] = [this.#wanted(left, 'boolean').run, this.#wanted(right, 'boolean').run];
    return {
      gives: 'boolean',
      run:
        operator === '&&'
          ? (evaluation) => x(evaluation) && y(evaluation)
          : (evaluation) => x(evaluation) || y(evaluation),
    };
  }

  #conditional({ test, consequent, alternate }: ConditionalExpression): Part {
    const { run } = this.#wanted(test, 'boolean');
    const yes = this.compile(consequent);
    const no = yes.gives === 'unknown' ? this.compile(alternate) : this.#wanted(alternate, yes.gives);
    return {
      gives: yes.gives === 'unknown' ? no.gives : yes.gives,
      run: (evaluation) => (run(evaluation) ? yes.run(evaluation) : no.run(evaluation)),
    };
  }

  #call(node: CallExpression): Part {
    const { callee, arguments: given } = node;
    if (callee.type !== 'Identifier') return this.#refuse(node, 'only functions by their name can be called');
    const { name } = callee;
    if (name === 'tag') {
      const input = this.#input(node);
      return input === undefined
        ? unknown
        : { gives: givesOf(input.kind), run: (evaluation) => input.read(evaluation) };
    }
    if (tagFunctions.includes(name)) return this.#tagFunction(node, name);
    const rule = numberFunctions.get(name);
    if (rule === undefined) {
      const known = [...numberFunctions.keys(), ...tagFunctions, 'tag'];
      const nearest = nearestOf(name, known);
      const help = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean ${nearest}()?`;
      return this.#refuse(node, `there is no function ${name}(); ${help}`);
    }
    const { least, most, gives } = rule;
    if (given.length < least || given.length > most)
      return this.#refuse(
        node,
        `${name}() takes ${least === most ? least : `${least} to ${most}`} numbers, not ${given.length}`,
      );
    const runs = given.map((each) => this.#wanted(each as Expression, 'number').run);
    const operation = rule.make();
    return { gives, run: (evaluation) => operation(runs.map((run) => run(evaluation) as Numeric)) };
  }

  #tagFunction(node: CallExpression, name: string): Part {
    const [given, more] = node.arguments;
    const reference = given === undefined ? undefined : referenceOf(given as Expression);
    if (given === undefined || more !== undefined || reference === undefined) {
      return this.#refuse(given ?? node, `${name}() takes one tag; what is worked out can be a derived tag itself`);
    }
    const input = this.#input(given as Expression);
    if (input === undefined) return unknown;
    const gives = givesOf(input.kind);
    if (name === 'good') return { gives: 'boolean', run: () => input.isGood };
    if (name === 'previous') return { gives, run: (evaluation) => input.readPrevious(evaluation) };
    if (gives !== 'number') return this.#refuse(given, `rate() needs a number, and this is a ${gives}`);
    return { gives, run: (evaluation) => input.readRate(evaluation) };
  }

  #input(node: Expression): Input | undefined {
    const reference = referenceOf(node);
    const input = reference === undefined ? 'this names no tag' : this.#inputOf(reference, node.start);
    if (typeof input !== 'string') return input;
    this.#refuse(node, input);
    return undefined;
  }
}

const unknown: Part = {
  gives: 'unknown',
  run: () => {
    throw new Error('an expression with a fault is never run');
  },
};
