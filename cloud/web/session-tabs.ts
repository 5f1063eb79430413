/** What is shared: the tokens of one session, renewed so many times. */
interface Shared {
  readonly family: string;
  readonly generation: number;
}

type Message<Pair> = { readonly pair: Pair } | { readonly asks: Shared };

/** Long enough for a tab in the background, short enough to wait for after a night asleep. */
const answerWithinMs = 150;

/** What tabs of one browser tell each other of the session they share. Works without TLS too, unlike Web Locks. */
export class SessionTabs<Pair extends Shared> {
  readonly #own: () => Pair;
  readonly #onNewer: (pair: Pair) => void;
  #channel: BroadcastChannel | undefined;
  #answered: (() => void) | undefined;

  constructor(options: { own: () => Pair; onNewer: (pair: Pair) => void }) {
    this.#own = options.own;
    this.#onNewer = options.onNewer;
  }

  start(): void {
    if (this.#channel !== undefined) return;
    this.#channel = new BroadcastChannel('gongfu.session');
    this.#channel.onmessage = ({ data }: MessageEvent<Message<Pair>>) => this.#hear(data);
  }

  stop(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** To the other tabs: the pair is renewed. */
  tell(): void {
    this.#send({ pair: this.#own() });
  }

  /** Resolves once another tab has given a newer pair, or none has. */
  async askForNewer(): Promise<void> {
    if (this.#channel === undefined) return;
    const { family, generation } = this.#own();
    await new Promise<void>((resolve) => {
      this.#answered = resolve;
      setTimeout(resolve, answerWithinMs);
      this.#send({ asks: { family, generation } });
    });
  }

  #hear(message: Message<Pair>): void {
    const own = this.#own();
    if ('asks' in message) {
      if (message.asks.family === own.family && message.asks.generation < own.generation) this.tell();
    } else if (message.pair.family === own.family && message.pair.generation > own.generation) {
      this.#onNewer(message.pair);
      this.#answered?.();
    }
  }

  #send(message: Message<Pair>): void {
    this.#channel?.postMessage(message);
  }
}
