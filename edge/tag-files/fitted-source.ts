import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { type DriverId, drivers } from '../drivers/registry.ts';
import type { Imported, ImportedSource, ImportedTag } from './imported.ts';
import { rawSourceOf } from './raw-source.ts';

/**
 * Into a source that is there only tags go, so what the other program says of all of them is written to each where the
 * source says otherwise.
 */
export function fittedTo(
  config: { readonly file: string; readonly text: string } | undefined,
  { sources, warnings }: Imported,
): Imported {
  const more: ProblemPlace[] = [];
  const fitted = sources.map((source): ImportedSource => {
    const there = config === undefined ? undefined : rawSourceOf(config.text, source.name);
    if (there === undefined) return source;
    if (there.driver !== source.driver) throw otherDriver(source.name, there.driver, source.driver);
    for (const [key, value] of Object.entries(source.keys)) {
      if (key === 'unitId' || String(there.keys[key]) === String(value)) continue;
      const shown = (one: unknown) => (key === 'password' ? '…' : JSON.stringify(one));
      const kept = there.keys[key] === undefined ? 'is not set' : `stays ${shown(there.keys[key])}`;
      more.push({
        where: `${config!.file} ${source.name}.${key}`,
        what: `${kept}; the file says ${shown(value)}`,
      });
    }
    if (source.driver !== 'modbus') return source;
    const { unitId = 1, byteOrder } = there.keys;
    const unit = source.keys.unitId ?? unitId;
    const ofBits = unit === unitId ? {} : { unitId: unit };
    const ofRegisters = byteOrder === undefined || byteOrder === 'ABCD' ? ofBits : { ...ofBits, byteOrder: 'ABCD' };
    return {
      ...source,
      tags: source.tags.map((tag) => {
        const common = isOneBit(tag.keys) ? ofBits : ofRegisters;
        return { ...tag, keys: { ...tag.keys, ...withoutOwn(common, tag.keys) } };
      }),
    };
  });
  return { sources: fitted, warnings: [...warnings, ...more] };
}

/** A coil or a discrete input, which has no order of bytes. */
function isOneBit({ address }: ImportedTag['keys']): boolean {
  const parsed = drivers.modbus.tagSchema.safeParse({ address });
  const { area } = (parsed.data as { address?: { area?: string } } | undefined)?.address ?? {};
  return area === 'coil' || area === 'discrete';
}

function withoutOwn(common: Readonly<Record<string, unknown>>, own: ImportedTag['keys']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(common).filter(([key]) => own[key] === undefined));
}

export function otherDriver(source: string, there: DriverId, wanted: DriverId): Problem {
  return new Problem({
    code: 'tag-file-invalid',
    detail: `the source ${source} has the driver ${there}, so tags for ${wanted} do not fit in it`,
    advice: 'Leave --driver out, or name another source with --source.',
    reaction: 'stop',
    status: 422,
  });
}
