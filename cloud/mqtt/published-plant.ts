import type { Sample, SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';

/** A signal of an asset, as it is told to others. */
export interface PublishedSignal {
  /** History number of its tag. */
  readonly tag: number;
  readonly kind: ColumnKind;
  /** ISA-95 path joined by dots. */
  readonly assetId: string;
  /** Unique within the asset. */
  readonly name: string;
  readonly unit: string;
}

/** What may be told to brokers: the signals of a tenant's assets and their samples once they are durable. */
export interface PublishedPlant {
  signals(tenantId: string): readonly PublishedSignal[];
  /** The newest sample of each, where there is one. @throws Problem when a long text cannot be read now */
  latest(tags: readonly number[]): Promise<ReadonlyMap<number, Sample>>;
  /** Assets or their signals are others now. */
  onChanged(listener: (tenantId: string) => void): () => void;
  onCommitted(listener: (committed: { tenantId: string; blocks: readonly SampleBlock[] }) => void): () => void;
}

/** The asset's own signals only, or those below one of the assets named. */
export function signalsBelow(
  signals: readonly PublishedSignal[],
  assets: readonly string[] | undefined,
): PublishedSignal[] {
  if (assets === undefined) return [...signals];
  return signals.filter(({ assetId }) => assets.some((root) => assetId === root || assetId.startsWith(`${root}.`)));
}

/** A name as one or more levels of a topic: what has a meaning of its own there is replaced. */
export function topicLevels(name: string): string {
  return name.replace(/[+#\0]/g, '_');
}
