import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** Of five steps, 0 to 4: from here on a password stands more than a million guesses, far beyond what the limits let through. */
const acceptedScore = 2;
/** What makes a password hard to guess shows in its first signs; the rest would only cost time. */
const judgedSigns = 64;

let estimator: ZxcvbnFactory | undefined;

/** True for a password on the lists everybody tries, or made of names a stranger knows. Takes about 10 ms. */
export function isGuessable(password: string, known: readonly string[]): boolean {
  // The lists are unpacked at the first use: most processes never need them.
  estimator ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return estimator.check(password.slice(0, judgedSigns), ['gongfu', ...known]).score < acceptedScore;
}
