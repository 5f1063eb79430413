import type { Json, PluginContext } from '@gongfu/shared/sdk/plugin-context';
import type { Exchange } from './meter.ts';

const prefix = (tag: string) => `exchange/${tag}/`;

/** Exchanges of a meter that somebody has noted, oldest first. */
export async function exchangesOf(context: PluginContext, tag: string): Promise<Exchange[]> {
  const kept = await context.records(prefix(tag));
  return kept.flatMap(({ value }) => (isExchange(value) ? [value] : [])).sort((a, b) => a.at - b.at);
}

export async function noteExchange(context: PluginContext, tag: string, exchange: Exchange): Promise<void> {
  await context.putRecord(`${prefix(tag)}${exchange.at}`, { ...exchange });
}

export async function forgetExchange(context: PluginContext, tag: string, at: number): Promise<void> {
  await context.deleteRecord(`${prefix(tag)}${at}`);
}

function isExchange(value: Json): value is Json & Exchange {
  const { at, oldReading, newReading } = value as Partial<Exchange>;
  return [at, oldReading, newReading].every((number) => typeof number === 'number');
}
