/** The bucket under the cursor, for the few cells that tell its values: nothing else is drawn again as the cursor moves. */
export class SignalCursor {
  readonly #listeners = new Set<() => void>();
  #place: number | null = null;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly place = (): number | null => this.#place;

  readonly point = (place: number | null): void => {
    if (place === this.#place) return;
    this.#place = place;
    for (const listener of this.#listeners) listener();
  };
}
