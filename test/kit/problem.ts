import { expect } from 'chai';

export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly advice: string;
  readonly places?: readonly { readonly where: string; readonly what: string }[];
}

/** The problem a request was answered with: RFC 9457, complete, and nothing of the inside of the program in it. */
export async function problemOf(response: Response): Promise<ProblemBody> {
  const text = await response.text();
  expect(response.headers.get('content-type'), text).to.match(/^application\/problem\+json/);
  const problem = JSON.parse(text) as ProblemBody & { type: string; title: string; text?: { zh: string; en: string } };
  expect(problem).to.include({ type: 'about:blank', status: response.status });
  for (const part of [problem.title, problem.detail, problem.code, problem.advice])
    expect(part, text).to.match(/\w{3}/);
  // What a person reads, in the languages of the platform.
  expect(problem.text?.zh, text).to.match(/\p{Script=Han}/u);
  expect(problem.text?.en, text).to.match(/\w{3}/);
  expectNoInside(text);
  return problem;
}

/** No stack, no source file, no folder of the checkout, no SQL. */
export function expectNoInside(text: string): void {
  expect(text).to.not.match(/\n\s+at |\\n\s+at |\.js:\d|\.ts:\d|node_modules|SELECT |Binder Error/);
  expect(text).to.not.contain(process.cwd());
}
