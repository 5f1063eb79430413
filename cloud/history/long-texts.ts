/** Texts by tag, up to so many characters together: of more, what was put or read longest ago is let go. */
export class LongTexts {
  readonly #charactersMax: number;
  /** In the order of their last use. */
  readonly #texts = new Map<number, string>();
  #characters = 0;

  constructor(options: { charactersMax: number }) {
    this.#charactersMax = options.charactersMax;
  }

  get characters(): number {
    return this.#characters;
  }

  put(tag: number, text: string): void {
    this.delete(tag);
    this.#texts.set(tag, text);
    this.#characters += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters <= this.#charactersMax) return;
      this.delete(oldest);
    }
  }

  /** Undefined where it was let go. */
  get(tag: number): string | undefined {
    const text = this.#texts.get(tag);
    if (text === undefined) return undefined;
    this.#texts.delete(tag);
    this.#texts.set(tag, text);
    return text;
  }

  delete(tag: number): void {
    this.#characters -= this.#texts.get(tag)?.length ?? 0;
    this.#texts.delete(tag);
  }
}
