import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Command, type CommandValue, commandResultSchema, commandSchema } from '@gongfu/shared/wire/command';
import { z } from 'zod';

/** Texts are cut for the journal: it is for people to look at, what was asked for is told apart by `digest`. */
const shownMax = 200;

const entrySchema = commandSchema.omit({ expiresInMs: true }).extend({
  /** SHA-256 of tag number and value: the same id for something else is another command under a used name. */
  digest: z.string(),
  /** Names of the tag when the command came; empty where no tag has the number. */
  source: z.string(),
  tag: z.string(),
  /** UTC epoch ms. */
  receivedAt: z.number(),
  /**
   * received: nothing has been sent; sending: from now on bytes may have left, and what became of them is not known;
   * done: there is a result.
   */
  state: z.enum(['received', 'sending', 'done']),
  result: commandResultSchema.optional(),
  /** The cloud has the result. */
  told: z.boolean(),
  /** Asked for on the gateway itself; absent: by the cloud. */
  local: z.literal(true).optional(),
});

/** What the journal keeps of one command. */
export type CommandEntry = Readonly<z.output<typeof entrySchema>>;

export function newEntry(
  { expiresInMs: _, ...command }: Command,
  name: { source: string; tag: string },
  receivedAt: number,
  isLocal = false,
): CommandEntry {
  return {
    ...command,
    ...name,
    value: shown(command.value),
    reason: command.reason.slice(0, shownMax),
    digest: digestOf(command),
    receivedAt,
    state: 'received',
    told: false,
    ...(isLocal ? { local: true } : {}),
  };
}

export function digestOf({ number, value }: Pick<Command, 'number' | 'value'>): string {
  return createHash('sha256')
    .update(JSON.stringify([number, value]))
    .digest('hex');
}

/** One line of the file, with its own checksum. */
export function lineOf(entry: CommandEntry): string {
  const text = JSON.stringify(entry);
  return `${checksumOf(text)} ${text}\n`;
}

/** Undefined when the line is not what was written. */
export function entryIn(line: string): CommandEntry | undefined {
  const text = line.slice(9);
  if (line.slice(0, 8) !== checksumOf(text)) return undefined;
  const parsed = entrySchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function shown(value: CommandValue): CommandValue {
  return typeof value === 'string' && value.length > shownMax ? `${value.slice(0, shownMax)}…` : value;
}
