/** What the page says about a password while it is typed; the platform judges by the same lists. */
export interface Strength {
  /** 0 to 4; the platform takes 2 and more. */
  readonly score: number;
  readonly hint: Hint | undefined;
}

export type Hint = 'common' | 'names' | 'repeated' | 'sequence' | 'keyboard' | 'date';

export const acceptedScore = 2;
const judgedSigns = 64;

/** The lists are large and few people need them: they come when a password is chosen. */
export async function loadStrengthMeter(known: readonly string[]): Promise<(password: string) => Strength> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return (password) => {
    const { score, sequence } = estimator.check(password.slice(0, judgedSigns), ['gongfu', ...known]);
    return { score, hint: score < 3 ? sequence.map(hintOf).find((hint) => hint !== undefined) : undefined };
  };
}

function hintOf({ pattern, dictionaryName }: { pattern: string; [key: string]: unknown }): Hint | undefined {
  if (pattern === 'dictionary') return dictionaryName === 'userInputs' ? 'names' : 'common';
  if (pattern === 'repeat') return 'repeated';
  if (pattern === 'sequence') return 'sequence';
  if (pattern === 'spatial') return 'keyboard';
  return pattern === 'date' || pattern === 'regex' ? 'date' : undefined;
}
