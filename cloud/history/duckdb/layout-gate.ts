import type { Layout } from './layout.ts';

/**
 * A reader takes the layout and its picture of the file in one step, and a change commits and takes effect in one step:
 * so the two never disagree. Neither waits for a query.
 */
export class LayoutGate {
  #layout: Layout;
  #entering = 0;
  #idle: () => void = () => undefined;
  #changing: Promise<void> | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** `begin` fixes the picture of the file: a moment. */
  async enter<T>(begin: (layout: Layout) => Promise<T>): Promise<T> {
    while (this.#changing !== undefined) await this.#changing;
    this.#entering += 1;
    try {
      return await begin(this.#layout);
    } finally {
      this.#entering -= 1;
      if (this.#entering === 0) this.#idle();
    }
  }

  /** `commit` makes the change durable and returns what is so from then on. */
  async change(commit: (layout: Layout) => Promise<Layout>): Promise<void> {
    while (this.#changing !== undefined) await this.#changing;
    const changed = this.#change(commit);
    const settled = changed.catch(() => undefined);
    this.#changing = settled;
    await settled;
    this.#changing = undefined;
    await changed;
  }

  async #change(commit: (layout: Layout) => Promise<Layout>): Promise<void> {
    if (this.#entering > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#layout = await commit(this.#layout);
  }
}
