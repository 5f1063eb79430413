import { Problem } from '@gongfu/shared/base/problem';
import { z } from 'zod';
import { areas } from '../drivers/modbus/address.ts';
import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';

const imageSchema = z.strictObject({
  atMs: z.number().positive(),
  windows: z
    .array(
      z.strictObject({
        area: z.enum(Object.keys(areas) as (keyof typeof areas)[]),
        start: z.number().int().min(0).max(65_535),
        words: z.array(z.number().int().min(0).max(65_535).nullable()).min(1),
      }),
    )
    .min(1),
});

/** One image a line, as JSON. */
export function imageFileText(images: readonly RegisterImage[]): string {
  return images.map((image) => `${JSON.stringify(image)}\n`).join('');
}

/** @throws Problem `image-file-invalid` naming the first line that is none, or has other windows than the first */
export function readImageFile(file: string, text: string): { images: RegisterImage[]; windows: RegisterWindow[] } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const images = lines.map((line, place): RegisterImage => {
    try {
      return imageSchema.parse(JSON.parse(line));
    } catch {
      throw invalid(file, `line ${place + 1} is no image of registers`);
    }
  });
  const [first] = images;
  if (first === undefined) throw invalid(file, 'it is empty');
  const windowsOf = ({ windows }: RegisterImage) =>
    windows.map(({ area, start, words }) => ({ area, start, count: words.length }));
  const windows = windowsOf(first);
  const other = images.findIndex((image) => JSON.stringify(windowsOf(image)) !== JSON.stringify(windows));
  if (other >= 0) throw invalid(file, `line ${other + 1} holds other registers than line 1`);
  return { images: images.sort((a, b) => a.atMs - b.atMs), windows };
}

function invalid(file: string, what: string): Problem {
  return new Problem({
    code: 'image-file-invalid',
    detail: `${file} cannot be used: ${what}`,
    advice: 'Give a file that --record has written.',
    reaction: 'stop',
  });
}
