/** So many registers of one simulator, each read once an interval. */
export interface Load {
  readonly tags: number;
  readonly intervalMs: number;
}

/** One connection to one unit of the simulator. */
export interface LoadSource {
  readonly name: string;
  readonly unitId: number;
  readonly tags: number;
}

/** A PLC rarely has more, and every program reads sources beside each other. */
const tagsPerSource = 10_000;

export function sourcesOf({ tags }: Load): LoadSource[] {
  return Array.from({ length: Math.ceil(tags / tagsPerSource) }, (_, place) => ({
    name: `plc-${place + 1}`,
    unitId: place + 1,
    tags: Math.min(tagsPerSource, tags - place * tagsPerSource),
  }));
}

/** The most of one Modbus request. */
export const registersPerRequest = 125;
