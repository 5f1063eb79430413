import type { PlanLine } from '@gongfu/shared/sdk/driver';
import { areas } from './address.ts';
import type { ModbusSource } from './config.ts';
import { writeFunctionOf } from './encode.ts';
import { refuseOverload, requestMsOf } from './line-time.ts';
import { formatRequest, type PlannedTag, planGroups, widthOf } from './plan.ts';
import { heldTypeOf } from './value-layout.ts';

/** @throws Problem `tag-unusable` for every tag that cannot be read, or when all together need more time than there is. */
export function planLines(source: ModbusSource, tags: readonly PlannedTag[]): PlanLine[] {
  const groups = planGroups(source, tags);
  refuseOverload(source, groups);
  return groups.flatMap(({ intervalMs, requests }) =>
    requests.map((request) => ({
      intervalMs,
      request: formatRequest(request),
      durationMs: requestMsOf(source, request),
      tags: request.tags.map((tag) => ({
        name: tag.name,
        address: `${formatTagAddress(request.unitId, tag)}${writeText(source, tag)}`,
        type: heldTypeOf(tag),
      })),
    })),
  );
}

/** Everything that stands on the wire of a tag: `unit 3 FC3 holding:0..1`, `unit 1 FC4 input:7.3`. */
function formatTagAddress(unitId: number, tag: PlannedTag): string {
  const { area, register } = tag.address;
  const last = register + widthOf(tag) - 1;
  const registers = `unit ${unitId} FC${areas[area].readFunction} ${area}:${register}${last === register ? '' : `..${last}`}`;
  if (tag.bit !== undefined) return `${registers}.${tag.bit}`;
  return tag.byte === undefined ? registers : `${registers} ${tag.byte} byte`;
}

function writeText({ multipleWrites = false }: ModbusSource, tag: PlannedTag): string {
  if (tag.write === undefined) return '';
  const functionCode = writeFunctionOf(tag, multipleWrites);
  return ` write FC${functionCode}${functionCode === 22 ? ' (mask write, which the source must know)' : ''}`;
}
