/** Two tones, twice: heard over machines, and told from a phone. */
const tonesHz = [880, 660, 880, 660];
const toneS = 0.22;
const loudness = 0.5;

/** The sound of the wall. Browsers keep it locked until somebody has touched the page. */
export class AlarmSound {
  #context: AudioContext | undefined;

  /** True when it may be heard from now on. Does more inside a click or a key press than outside. */
  async unlock(): Promise<boolean> {
    this.#context ??= new AudioContext();
    // Without a gesture `resume` may wait for ever; the state tells.
    void this.#context.resume().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    return this.#context.state === 'running';
  }

  ring(): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    tonesHz.forEach((hertz, place) => {
      const start = context.currentTime + place * toneS;
      const tone = new OscillatorNode(context, { type: 'square', frequency: hertz });
      const volume = new GainNode(context, { gain: loudness });
      // A tone that breaks off clicks.
      volume.gain.setTargetAtTime(0, start + toneS * 0.7, toneS / 20);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + toneS);
    });
  }

  close(): void {
    void this.#context?.close().catch(() => {});
    this.#context = undefined;
  }
}
