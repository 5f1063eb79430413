import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { durationBetween } from '@gongfu/shared/config/duration';
import type { Environment } from '@gongfu/shared/config/substitution';
import { Command } from 'commander';
import type { EdgeConfig } from './config.ts';

interface WriteFlags {
  readonly config: string;
  readonly expires: string;
  readonly key?: string;
  readonly reason: string;
  readonly page?: string;
  readonly yes?: boolean;
}

/** `gongfu-edge write`: joins the request to configuration, password and keyboard. */
export function writeCommand(options: { env: Environment; load: (file: string) => EdgeConfig }): Command {
  return new Command('write')
    .description('write a value to a tag through the running agent: once, within its bounds and interlocks, read back')
    .argument('<tag>', 'as SOURCE/TAG, or TAG where only one source has it')
    .argument('<value>', 'in the unit of the tag; true or false; after -- where it begins with a dash')
    .requiredOption('-c, --config <file>', 'configuration file of the agent, YAML')
    .option('--expires <duration>', 'from then on it is not written any more, 1s to 1h', '10s')
    .option('--key <key>', 'the same key again is the same write, which is done once')
    .option('--reason <text>', 'for the journal', '')
    .option('--page <url>', 'of the local page; otherwise what status says')
    .option('--yes', 'do not ask')
    .action(async (tag: string, value: string, flags: WriteFlags) => {
      const { env } = options;
      // What a running gateway needs none of.
      const { askForWrite } = await import('./commands/write-command.ts');
      const expiresInMs = expiryOf(flags.expires);
      const page = flags.page ?? pageOf(options.load(flags.config));
      const done = await askForWrite({
        ...{ page, tag, value, expiresInMs, key: flags.key ?? randomUUID(), reason: flags.reason },
        by: (env.SUDO_USER || userInfo().username).slice(0, 100),
        password: await passwordOf(env),
        now: systemClock.now,
        confirm: flags.yes === true ? undefined : confirm,
      });
      if (done === undefined) throw unconfirmed('it was answered with no');
      process.stdout.write(`${done.text}\n`);
      if (!done.isWritten) process.exitCode = 1;
    });
}

async function passwordOf(env: Environment): Promise<string> {
  const given = env.GONGFU_LOCAL_PASSWORD;
  if (given !== undefined && given !== '') return given;
  const { askKnownPassword } = await import('./health/password-prompt.ts');
  return askKnownPassword(process.stdin, process.stderr);
}

async function confirm(lines: readonly string[]): Promise<boolean> {
  process.stderr.write(`${lines.join('\n')}\n`);
  if (process.stdin.isTTY !== true) throw unconfirmed('there is no terminal to ask at');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|是)$/i.test((await terminal.question('Write it? 写入？ (yes/no) ')).trim());
  } finally {
    terminal.close();
  }
}

/** Where the agent listens, as seen from this machine. */
function pageOf({ status: { host, port } }: EdgeConfig): string {
  if (port === 0) {
    throw new Problem({
      code: 'write-address-unknown',
      detail: 'status.port is 0, so the port of the local page is another at each start',
      advice: 'Name it as the agent told it at its start: --page http://127.0.0.1:PORT',
      reaction: 'stop',
    });
  }
  const own = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}`;
}

function expiryOf(text: string): number {
  const parsed = durationBetween(1_000, 3_600_000).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Problem({
    code: 'write-malformed',
    detail: `--expires ${parsed.error.issues[0]!.message}`,
    advice: 'Give it as 10s or 5m.',
    reaction: 'stop',
  });
}

function unconfirmed(why: string): Problem {
  return new Problem({
    code: 'write-unconfirmed',
    detail: `nothing was written: ${why}`,
    advice: 'Answer with yes, or say --yes.',
    reaction: 'stop',
  });
}
