import { qualityOf } from '@gongfu/shared/model/quality';
import type { Sample } from '@gongfu/shared/model/sample';
import type { LiveSample } from '@gongfu/shared/wire/live';

export function liveSample(tag: number, { sourceTime, status, value }: Omit<Sample, 'tag'>): LiveSample {
  const shown = typeof value === 'bigint' ? value.toString() : value;
  return { tag: String(tag), sourceTime, value: shown, quality: qualityOf(status), status };
}
