import { Problem } from '../base/problem.ts';

/** A problem for a terminal: what is wrong, one line a place, then what to do. Ends without a line break. */
export function formatProblem(problem: Problem): string {
  const places = problem.places.map(({ where, what }) => `  ${where}  ${what}`);
  return [`${problem.message} [${problem.code}]`, ...places, `→ ${problem.advice}`].join('\n');
}

/** Like `formatProblem` for anything thrown: what is not a Problem is shown with its stack, for a report. */
export function formatError(error: unknown): string {
  if (error instanceof Problem) return formatProblem(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
