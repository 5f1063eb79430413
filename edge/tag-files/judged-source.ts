import { issueWords } from '@gongfu/shared/config/issue-words';
import type { DriverId } from '../drivers/registry.ts';
import { sourcesSchema } from '../source-config.ts';
import type { ImportedSource } from './imported.ts';

export interface TagFault {
  /** Place in the list of tags; undefined where the source itself is wrong. */
  readonly tag: number | undefined;
  readonly key: string | undefined;
  readonly what: string;
}

/** What a table of tags alone does not say: stands in the configuration as a variable until somebody knows it. */
export const unknownReach: Readonly<Record<DriverId, Readonly<Record<string, string>>>> = {
  modbus: { host: 'host' },
  opcua: { endpoint: 'opc.tcp://host:4840' },
};

/** Everything the program itself would refuse in this source, all at once; by its own schemas, so that nothing is judged twice in two ways. */
export function faultsOf({ name, driver, keys, tags }: ImportedSource): TagFault[] {
  const raw = { name, driver, ...unknownReach[driver], ...keys, tags: tags.map((tag) => tag.keys) };
  const issues = sourcesSchema.safeParse([raw]).error?.issues ?? [];
  return issues.map((issue) => {
    const [, list, tag, key] = issue.path;
    const inTags = list === 'tags' && typeof tag === 'number';
    const found = issue.path
      .slice(1)
      .reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], raw);
    const what = issueWords(issue, found);
    return {
      tag: inTags ? tag : undefined,
      key: inTags ? (typeof key === 'string' ? key : undefined) : typeof list === 'string' ? list : undefined,
      what,
    };
  });
}
