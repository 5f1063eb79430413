import { randomBytes } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { Commands } from './commands/commands.ts';
import { commandsPage } from './commands/commands-page.ts';
import type { DriverOf } from './commands/execution.ts';
import type { CommandJournal } from './commands/journal.ts';
import { LocalWrites } from './commands/local-writes.ts';
import { writeAddress, writePage } from './commands/write-page.ts';
import { writeRoutes } from './commands/write-routes.ts';
import type { EdgeConfig } from './config.ts';
import type { LocalStatusOptions } from './health/local-status.ts';

export interface WriteOnPageOptions {
  /** `commands` of the configuration. */
  readonly settings: EdgeConfig['commands'];
  /** Undefined while the agent starts or stops. */
  readonly commands: () => Commands | undefined;
  readonly journal: CommandJournal;
  readonly driverOf: DriverOf;
  /** UCUM code; '' where a tag has none. */
  readonly unitOf: (tag: number) => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Joins the commands to the local page: what became of them, and where the configuration allows it a page and doors to write. */
export function writeOnPage(
  options: WriteOnPageOptions,
): Required<Pick<LocalStatusOptions, 'pages' | 'programs' | 'writeAddress'>> {
  const { settings, journal, commands, driverOf, unitOf, clock, log } = options;
  const writes = new LocalWrites({ allowed: settings?.local === true, commands, driverOf, unitOf, clock, log });
  const newKey = () => randomBytes(12).toString('hex');
  return {
    pages: [
      ...(writes.isAllowed ? [writePage({ writes, entryOf: (id) => journal.get(id), newKey })] : []),
      commandsPage({ entries: () => journal.entries(), enabled: settings?.enabled === true }),
    ],
    programs: writeRoutes({ writes }),
    writeAddress: (tag) => (writes.offers(tag) ? writeAddress(tag) : undefined),
  };
}
