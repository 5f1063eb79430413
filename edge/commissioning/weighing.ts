import type { RegisterImage } from '../drivers/modbus/register-image.ts';
import type { Finding, Inference } from './inference.ts';
import type { PanelTag } from './panel.ts';

/** A value that moved by fewer steps of the display tells little. */
const movedSteps = 3;
/** Candidates that differ by more than this can be told from each other, if need be by several looks. */
const apartSteps = 1.5;

/** What is found out about tags while more is read off the panel: which are settled, and which are worth another look now. */
export class Weighing {
  readonly #inference: Inference;
  readonly #images: () => readonly RegisterImage[];
  #judged: { readonly tags: readonly PanelTag[]; readonly findings: readonly Finding[] } | undefined;

  constructor(options: { inference: Inference; images: () => readonly RegisterImage[] }) {
    this.#inference = options.inference;
    this.#images = options.images;
  }

  /** In the order of the tags; the same list is judged once. */
  findings(tags: readonly PanelTag[]): readonly Finding[] {
    if (this.#judged?.tags === tags) return this.#judged.findings;
    let findings = this.#inference.findings(tags, this.#images());
    if (findings.every(isSettled)) {
      // What read alike when it was weighed may have parted since: the last word is over all that was read.
      this.#inference.forget(tags);
      findings = this.#inference.findings(tags, this.#images());
    }
    this.#judged = { tags, findings };
    return findings;
  }

  unsettled(tags: readonly PanelTag[]): Finding[] {
    return this.findings(tags).filter((finding) => !isSettled(finding));
  }

  /**
   * Whether a look at the panel now would tell something: of a number whose candidates stand against each other, as soon as two of
   * them read differently; where only chance stands in the way, when it is one the panel has not shown before; of a lamp when any
   * of its candidates is otherwise than it was: then it has changed, or that candidate goes.
   */
  isWorthALook({ tag, best, rivals }: Finding): boolean {
    const latest = this.#images().at(-1);
    if (best === undefined || latest === undefined) return true;
    const last = tag.readings.at(-1)!.shown;
    const now = [best, ...rivals].map((one) => this.#inference.valueOf(one, latest));
    if (last.kind === 'state') return now.some((value) => (value !== 0) !== last.on);
    const isApart = (a: number, b: number, steps: number) => !(Math.abs(a - b) <= steps * last.resolution);
    if (rivals.length > 0) return now.slice(1).some((value) => isApart(value, now[0]!, apartSteps));
    return tag.readings.every(({ shown }) => shown.kind === 'number' && isApart(now[0]!, shown.value, movedSteps));
  }
}

/** A lamp says one bit at a time: to exclude chance for it too would cost a dozen readings. */
function isSettled({ tag, verdict }: Finding): boolean {
  const lamp = tag.readings[0]!.shown.kind === 'state';
  return verdict === 'certain' || verdict === 'equal' || (lamp && verdict === 'likely');
}
