import type { Html } from './html.ts';
import type { Language, Texts } from './texts.ts';

/** What a page is asked with. */
export interface View {
  readonly language: Language;
  readonly texts: Texts;
  /** UTC epoch ms. */
  readonly now: number;
  readonly query: URLSearchParams;
  /** Address the request came from. */
  readonly from: string;
  /** False where no password is set, and so nobody had to sign in. */
  readonly isSignedIn: boolean;
}

/** One page of the local page: what stands under the head that all have. README.md tells how to add one. */
export interface LocalPage {
  /** As `/tags`. */
  readonly path: string;
  readonly title: Readonly<Record<Language, string>>;
  /**
   * Asked anew every two seconds while somebody looks at it: within an element with `data-live` the browser takes over
   * what has changed. Forms belong outside of such an element.
   */
  show(view: View): Html | Promise<Html>;
  /** A form with `method="post"` and no `action`: what is shown after it, or the address to go on to. Absent: 405. */
  submit?(view: View, form: URLSearchParams): Promise<Html | string>;
  /** Files that belong to the page. */
  readonly documents?: readonly LocalDocument[];
}

/** Something whole beside the pages, as a report to print; behind the same sign-in. */
export interface LocalDocument {
  /** As `/assist/report`. */
  readonly path: string;
  /** Undefined: there is none at the moment, 404. */
  make(view: View): LocalFile | undefined;
}

export interface LocalFile {
  readonly type: 'html' | 'json';
  readonly text: string;
  /** Of HTML: the content of its only `<style>`; no other style and no script is let in. */
  readonly style?: string;
}

/** Something programs may ask the agent to do, by POST with a JSON body; behind the password (Basic), and never without one. */
export interface ProgramRoute {
  /** As `/api/v1/writes`. */
  readonly path: string;
  /** What is answered as JSON. @throws Problem, answered with its status */
  answer(asked: unknown, from: string): Promise<{ readonly status: number; readonly body: object }>;
}
