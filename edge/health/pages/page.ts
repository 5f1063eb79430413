import type { Html } from './html.ts';
import type { Language, Texts } from './texts.ts';

/** What a page is asked with. */
export interface View {
  readonly language: Language;
  readonly texts: Texts;
  /** UTC epoch ms. */
  readonly now: number;
  readonly query: URLSearchParams;
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
}
