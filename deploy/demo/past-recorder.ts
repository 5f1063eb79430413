import { holdMsOf } from '@gongfu/shared/kpi/time-model';
import type { ColumnArrays, SampleBlock } from '@gongfu/shared/model/sample';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { type ColumnKind, columnKindOf } from '@gongfu/shared/model/value-type';
import type { PlantValue } from './register-image.ts';

/** A tag with the value of the plant it shows. */
export interface RecordedTag {
  readonly declaration: TagDeclaration;
  /** True for one that changes with events only; the others are read when they would otherwise be silent too long. */
  readonly isStep: boolean;
  readonly read: (plantMs: number) => PlantValue;
}

interface Track extends RecordedTag {
  readonly kind: ColumnKind;
  /** Within this time a sample is due whatever the value does, or the tag counts as not observed. */
  readonly restateAfterMs: number;
  value: PlantValue | undefined;
  writtenAt: number;
}

interface Rows {
  readonly tags: number[];
  readonly times: number[];
  readonly values: PlantValue[];
}

/** Writes the samples a gateway would have taken: each change at its own time, and a restatement before a tag falls silent. */
export class PastRecorder {
  readonly #tracks: readonly Track[];
  readonly #steps: readonly Track[];
  #rows = new Map<ColumnKind, Rows>();

  constructor(tags: readonly RecordedTag[]) {
    this.#tracks = tags.map((tag) => ({
      ...tag,
      kind: columnKindOf(tag.declaration.type, tag.declaration.scaled),
      // Well before the silence is too long: `restate` comes in steps.
      restateAfterMs: Math.floor(holdMsOf(tag.declaration.maxSilentMs) * 0.7),
      value: undefined,
      writtenAt: Number.NEGATIVE_INFINITY,
    }));
    this.#steps = this.#tracks.filter(({ isStep }) => isStep);
  }

  /** After an event of the plant. */
  note(plantMs: number, wallMs: number): void {
    for (const track of this.#steps) {
      const value = track.read(plantMs);
      if (value !== track.value) this.#write(track, value, wallMs);
    }
  }

  /** To be called often enough that nothing falls silent. */
  restate(plantMs: number, wallMs: number): void {
    for (const track of this.#tracks) {
      if (wallMs - track.writtenAt < track.restateAfterMs) continue;
      this.#write(track, track.read(plantMs), wallMs);
    }
  }

  /** What was written since the last call. */
  take(): SampleBlock[] {
    const rows = this.#rows;
    this.#rows = new Map();
    return [...rows].map(([kind, columns]) => blockOf(kind, columns));
  }

  #write(track: Track, value: PlantValue, wallMs: number): void {
    track.value = value;
    track.writtenAt = wallMs;
    let rows = this.#rows.get(track.kind);
    if (rows === undefined) {
      rows = { tags: [], times: [], values: [] };
      this.#rows.set(track.kind, rows);
    }
    rows.tags.push(track.declaration.number);
    rows.times.push(wallMs);
    rows.values.push(value);
  }
}

function blockOf<K extends ColumnKind>(kind: K, { tags, times, values }: Rows): SampleBlock<K> {
  return {
    kind,
    count: tags.length,
    tags: Uint32Array.from(tags),
    sourceTimes: Float64Array.from(times),
    statuses: new Uint32Array(tags.length),
    values: columnOf(kind, values) as ColumnArrays[K],
  };
}

function columnOf(kind: ColumnKind, values: readonly PlantValue[]): ColumnArrays[ColumnKind] {
  switch (kind) {
    case 'number':
      return Float64Array.from(values, Number);
    case 'boolean':
      return Uint8Array.from(values, Number);
    case 'integer64':
      return BigInt64Array.from(values, BigInt);
    case 'unsigned64':
      return BigUint64Array.from(values, BigInt);
    case 'text':
      return values.map(String);
  }
}
