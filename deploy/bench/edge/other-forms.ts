import type { TelemetryBatch } from '@gongfu/shared/wire/codec';
import { PayloadType } from '#cloud/mqtt/sparkplug/payload-schema';
import { round } from '../process-meter.ts';

/**
 * Bytes a sample the numbers of a batch would have taken in other forms, before anything of a transport: one JSON object a
 * sample, JSON as ThingsBoard's gateway publishes it (a time, then values by name), and Sparkplug B after its birth (an alias
 * and a time for each metric).
 */
export function bytesOtherwise({ blocks }: TelemetryBatch): object {
  const objects: object[] = [];
  const metrics: object[] = [];
  const byTime = new Map<number, Record<string, number>>();
  for (const { kind, count, tags, sourceTimes, values } of blocks) {
    if (kind !== 'number') continue;
    for (let row = 0; row < count; row += 1) {
      const [name, time, value] = [`r${tags[row]}`, sourceTimes[row]!, values[row] as number];
      objects.push({ name, time, value });
      const whole = Number.isInteger(value) && value >= 0;
      metrics.push({ alias: tags[row]!, time, ...(whole ? { intValue: value } : { doubleValue: value }) });
      const same = byTime.get(time) ?? {};
      same[name] = value;
      byTime.set(time, same);
    }
  }
  if (objects.length === 0) return {};
  const grouped = { 'plc-1': [...byTime].map(([ts, same]) => ({ ts, values: same })) };
  const payload = PayloadType.encode(PayloadType.fromObject({ time: Date.now(), metrics, sequence: 0 })).finish();
  const each = (bytes: number) => round(bytes / objects.length, 2);
  return {
    json: each(JSON.stringify(objects).length),
    jsonByTime: each(JSON.stringify(grouped).length),
    sparkplugB: each(payload.length),
  };
}
