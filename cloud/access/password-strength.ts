import type { ZxcvbnFactory } from '@zxcvbn-ts/core';

/** Of five steps, 0 to 4: from here on a password stands more than a million guesses, far beyond what the limits let through. */
const acceptedScore = 2;
/** What makes a password hard to guess shows in its first signs; the rest would only cost time. */
const judgedSigns = 64;

let estimator: Promise<ZxcvbnFactory> | undefined;

/** True for a password on the lists everybody tries, or made of names a stranger knows. Takes about 10 ms. */
export async function isGuessable(password: string, known: readonly string[]): Promise<boolean> {
  // The lists are loaded and unpacked at the first use: most processes never need them.
  estimator ??= newEstimator();
  const judge = await estimator;
  return judge.check(password.slice(0, judgedSigns), ['gongfu', ...known]).score < acceptedScore;
}

async function newEstimator(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}
