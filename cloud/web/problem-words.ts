import type { ApiProblem } from './api-client.ts';

/** What is said of a problem, and by its side the platform's exact words where those are in another language. */
export interface ProblemWords {
  readonly title: string;
  readonly advice: string;
  /** English: what exactly is wrong and what helps, for whoever is asked for help. Empty where title and advice say it. */
  readonly exact: string;
}

export function problemWords({ message, advice, text }: ApiProblem, language: string): ProblemWords {
  if (language === 'en' || text === undefined) return { title: message, advice, exact: '' };
  return { title: text.zh, advice: '', exact: [message, advice].filter((part) => part !== '').join(' ') };
}
