import { z } from 'zod';

const unitsBytes = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;
const form = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;
const wording = 'must be a size with its unit, as "500kB", "64MiB" or "2GiB"';

/** `"500kB" | "64MiB" | "2GiB"` → bytes: kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. */
export const bytesSchema = z.string({ error: wording }).transform((text, context): number => {
  const match = form.exec(text.trim());
  const bytes =
    match === null ? Number.NaN : Math.floor(Number(match[1]) * unitsBytes[match[2] as keyof typeof unitsBytes]);
  if (Number.isSafeInteger(bytes)) return bytes;
  context.addIssue({ code: 'custom', message: `${wording}; "${text}" is not` });
  return z.NEVER;
});
