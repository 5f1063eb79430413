import type { CommandEntry } from './journal-entry.ts';

/** One line a command, the newest last: when it came, what became of it, what was asked for and by whom. */
export function commandLines(entries: readonly CommandEntry[]): string[] {
  return entries.map((entry) => {
    const { id, source, tag, number, value, requestedBy, approvedBy, reason, receivedAt, result, told, local } = entry;
    const name = tag === '' ? `tag ${number}` : `${source}/${tag}`;
    const by = approvedBy === null ? requestedBy : `${requestedBy}, approved by ${approvedBy}`;
    const parts = [
      new Date(receivedAt).toISOString(),
      outcomeOf(entry),
      `${name} = ${JSON.stringify(value)}`,
      ...(result === undefined || result.readBack === null ? [] : [`read back ${JSON.stringify(result.readBack)}`]),
      `by ${by}`,
      ...(reason === '' ? [] : [JSON.stringify(reason)]),
      ...(result === undefined || result.detail === '' ? [] : [result.detail]),
      ...(result === undefined || told || local === true ? [] : ['(the cloud does not know it yet)']),
      id,
    ];
    return parts.join('  ');
  });
}

function outcomeOf({ state, result }: CommandEntry): string {
  if (result === undefined) return state;
  return result.code === result.outcome ? result.outcome : `${result.outcome} (${result.code})`;
}
