import { z } from 'zod';
import { type ExportFormat, exportFormats, type SampleExports } from '../exports/sample-exports.ts';
import { ranged, timeParameter, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';
import { type FindTags, tagIds } from './tag-choice.ts';

const exportBody = ranged(
  z.strictObject({
    tags: tagIds,
    from: timeParameter,
    to: timeParameter,
    format: z.enum(exportFormats),
    timeZone: z.string().max(60).refine(isZone, 'expected an IANA zone, as Asia/Shanghai').default('UTC'),
  }),
);

export function exportRoutes(options: { exports: Pick<SampleExports, 'make'>; findTags: FindTags }): Route[] {
  const { exports, findTags } = options;
  return [
    guardedRoute({
      method: 'post',
      path: '/api/v1/exports',
      permission: 'samples:export',
      action: 'samples-export',
      told: ({ body: { tags, from, to, format } }) => `${format} ${timeText(from)}/${timeText(to)} ${tags.join()}`,
      summary: 'Raw samples of up to 50 tags, from ≤ sourceTime < to, as a file: CSV, XLSX or Parquet',
      body: exportBody,
      status: 200,
      reply: 'file',
      handle: async ({ body }, principal) => {
        const found = await findTags(principal, body.tags);
        const tags = found.map((tag) => ({ ...tag, label: tag.description || tag.name }));
        const { contentType, content } = await exports.make({ ...body, tags });
        return { contentType, content, fileName: fileName(body.from, body.format) };
      },
    }),
  ];
}

function fileName(from: number, format: ExportFormat): string {
  return `signals-${timeText(from).slice(0, 19).replaceAll(':', '')}Z.${format}`;
}

function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
