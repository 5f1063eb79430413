import { issueWords } from '@gongfu/shared/config/issue-words';
import { sourcesSchema } from '../source-config.ts';
import type { ImportedSource } from './imported.ts';
import { withReach } from './source-reach.ts';

export interface TagFault {
  /** Place in the list of tags; undefined where the source itself is wrong. */
  readonly tag: number | undefined;
  readonly key: string | undefined;
  readonly what: string;
}

/** Everything the program itself would refuse in this source, all at once; by its own schemas, so that nothing is judged twice in two ways. */
export function faultsOf({ name, driver, keys, tags }: ImportedSource): TagFault[] {
  const raw = {
    name,
    driver,
    ...withReach(driver, keys, { host: 'host', endpoint: 'opc.tcp://host:4840' }),
    tags: tags.map((tag) => tag.keys),
  };
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
