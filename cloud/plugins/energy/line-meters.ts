import type { PlantAsset } from '@gongfu/shared/sdk/plugin-context';
import type { Settings } from './manifest.ts';
import { kWhPer } from './units.ts';

/** A meter of a line, ready to be read. */
export interface LineMeter {
  readonly tag: string;
  readonly unit: string;
  /** Undefined where the unit is none of energy. */
  readonly kWhPerUnit: number | undefined;
  readonly rolloverAt: number | null;
}

/** The meters the settings give to the asset; without any, its signals with the role `energy` that a gateway has declared. */
export function metersOf(asset: PlantAsset, assets: readonly PlantAsset[], settings: Settings): LineMeter[] {
  const chosen = settings.meters.filter(({ line }) => line === asset.assetId);
  if (chosen.length > 0) {
    return chosen.map(({ tag, unit, rolloverAt }) => {
      const declared = assets.flatMap(({ signals }) => signals).find((signal) => signal.tag === tag);
      return meterOf(tag, unit || (declared?.unit ?? ''), rolloverAt ?? declared?.rolloverAt ?? null);
    });
  }
  return asset.signals.flatMap(({ role, tag, unit, rolloverAt }) =>
    role === 'energy' && tag !== null ? [meterOf(tag, unit, rolloverAt)] : [],
  );
}

/** Every asset that has a meter: lines first of all, but a work unit or a site may have its own. */
export function meteredAssets(assets: readonly PlantAsset[], settings: Settings): PlantAsset[] {
  return assets.filter((asset) => metersOf(asset, assets, settings).length > 0);
}

/** Undefined where the tag a meter was set to is gone, or not for whoever asks: one meter is no reason to show nothing of the others. */
export async function known<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if ((error as { code?: string }).code === 'not-found') return undefined;
    throw error;
  }
}

function meterOf(tag: string, unit: string, rolloverAt: number | null): LineMeter {
  return { tag, unit, kWhPerUnit: kWhPer(unit), rolloverAt };
}
