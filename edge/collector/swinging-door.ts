/**
 * Straight lines in place of samples: a sample is held back as long as the line from the one that passed last to it stays
 * within the deviation of every sample between. So the line through what passed is never further than the deviation from
 * what was delivered. Knows values and times only; status and heartbeat are the writer's.
 */
export class SwingingDoors {
  readonly #deviations: Float64Array;
  readonly #anchorTimes: Float64Array;
  readonly #anchorValues: Float64Array;
  /** The slopes a line from the anchor may have without leaving the deviation of a sample held back. */
  readonly #slopesMin: Float64Array;
  readonly #slopesMax: Float64Array;
  readonly #heldTimes: Float64Array;
  readonly #heldValues: Float64Array;

  /** One door for each deviation, in the unit of its values. */
  constructor(deviations: readonly number[]) {
    const count = deviations.length;
    this.#deviations = Float64Array.from(deviations);
    this.#anchorTimes = new Float64Array(count);
    this.#anchorValues = new Float64Array(count);
    this.#slopesMin = new Float64Array(count);
    this.#slopesMax = new Float64Array(count);
    this.#heldTimes = new Float64Array(count).fill(Number.NaN);
    this.#heldValues = new Float64Array(count);
  }

  /** Time of the sample held back, NaN when there is none. */
  heldTime(door: number): number {
    return this.#heldTimes[door]!;
  }

  heldValue(door: number): number {
    return this.#heldValues[door]!;
  }

  /** The sample has passed: lines begin there. */
  anchor(door: number, time: number, value: number): void {
    this.#anchorTimes[door] = time;
    this.#anchorValues[door] = value;
    this.#slopesMin[door] = Number.NEGATIVE_INFINITY;
    this.#slopesMax[door] = Number.POSITIVE_INFINITY;
    this.#heldTimes[door] = Number.NaN;
  }

  /** True when a line from the anchor to this sample is near enough to all held back since; never backwards in time. */
  reaches(door: number, time: number, value: number): boolean {
    const heldTime = this.#heldTimes[door]!;
    const newest = Number.isNaN(heldTime) ? this.#anchorTimes[door]! : heldTime;
    if (!(time > newest)) return false;
    const slope = (value - this.#anchorValues[door]!) / (time - this.#anchorTimes[door]!);
    return slope >= this.#slopesMin[door]! && slope <= this.#slopesMax[door]!;
  }

  /** Holds back a sample that the door reaches, in place of the one before. */
  hold(door: number, time: number, value: number): void {
    const sinceAnchor = time - this.#anchorTimes[door]!;
    const rise = value - this.#anchorValues[door]!;
    const deviation = this.#deviations[door]!;
    this.#slopesMin[door] = Math.max(this.#slopesMin[door]!, (rise - deviation) / sinceAnchor);
    this.#slopesMax[door] = Math.min(this.#slopesMax[door]!, (rise + deviation) / sinceAnchor);
    this.#heldTimes[door] = time;
    this.#heldValues[door] = value;
  }
}
