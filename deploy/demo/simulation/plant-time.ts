import type { Clock } from '@gongfu/shared/base/clock';

/** Plant time: runs `speed` times as fast as the wall clock, and stands still while frozen. */
export class PlantTime {
  readonly speed: number;
  readonly #clock: Clock;
  #anchorPlantMs = 0;
  #anchorWallMs: number | undefined;

  constructor(options: { clock: Clock; speed: number }) {
    this.speed = options.speed;
    this.#clock = options.clock;
  }

  get running(): boolean {
    return this.#anchorWallMs !== undefined;
  }

  /** Plant ms since the beginning, with fraction. A wall clock set back makes it wait, never go back. */
  nowMs(): number {
    if (this.#anchorWallMs === undefined) return this.#anchorPlantMs;
    return this.#anchorPlantMs + Math.max(0, this.#clock.now() - this.#anchorWallMs) * this.speed;
  }

  /** UTC epoch ms, whole, at which the plant reaches `plantMs`; defined while running. */
  wallOf(plantMs: number): number {
    return Math.round((this.#anchorWallMs ?? this.#clock.now()) + (plantMs - this.#anchorPlantMs) / this.speed);
  }

  run(): void {
    this.#anchorWallMs ??= this.#clock.now();
  }

  freeze(): void {
    this.#anchorPlantMs = this.nowMs();
    this.#anchorWallMs = undefined;
  }
}
