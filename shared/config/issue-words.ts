import type { z } from 'zod';
import { nearestOf } from './known-key.ts';

/**
 * What a schema finds wrong with one value, for the person who wrote it; `found` is that value, undefined where there is
 * none. One that came out of a variable may be a secret, so it is not shown.
 */
export function issueWords(issue: z.core.$ZodIssue, found: unknown, fromVariable = false): string {
  if (found === undefined && issue.path.length > 0 && issue.code !== 'custom') return 'is missing';
  const shown = fromVariable ? 'what the variable holds' : shownValue(found);
  const standard = issue.message.startsWith('Invalid');
  if (issue.code === 'invalid_type' && standard)
    return `must be ${wanted(issue.expected)}${shown === '' ? '' : `, found ${shown}`}`;
  if (issue.code === 'invalid_value' && standard) {
    const allowed = issue.values.map(String);
    const nearest = shown === '' || fromVariable ? undefined : nearestOf(String(found), allowed);
    return `must be ${allowed.join(', ')}; found ${shown}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
  }
  return issue.message;
}

function shownValue(found: unknown): string {
  if (found === undefined) return '';
  if (typeof found !== 'object' || found === null) return JSON.stringify(found);
  return Array.isArray(found) ? 'a list' : 'a mapping';
}

function wanted(expected: string): string {
  const names: Record<string, string> = {
    array: 'a list',
    object: 'a mapping',
    int: 'a whole number',
    string: 'a text',
    boolean: 'true or false',
  };
  return names[expected] ?? `a ${expected}`;
}
