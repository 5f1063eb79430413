import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { AttemptLimit } from './attempt-limit.ts';
import { Door } from './door.ts';
import type { Health } from './health.ts';
import { localPage } from './local-page.ts';
import type { LocalPassword } from './local-password.ts';
import type { LogMemory } from './log-memory.ts';
import { gapsPage } from './pages/gaps-page.ts';
import { logPage } from './pages/log-page.ts';
import { overviewPage } from './pages/overview-page.ts';
import type { LocalPage, ProgramRoute } from './pages/page.ts';
import { sourcesPage } from './pages/sources-page.ts';
import { tagsPage } from './pages/tags-page.ts';
import { Sessions } from './sessions.ts';
import { StatusServer } from './status-server.ts';

export interface LocalStatusOptions {
  readonly host: string;
  readonly port: number;
  readonly password: LocalPassword;
  readonly health: Health;
  readonly logMemory: LogMemory;
  /** Of other rooms, after those of this one in the menu. */
  readonly pages?: readonly LocalPage[];
  readonly programs?: readonly ProgramRoute[];
  /** Where a tag can be written; undefined where it cannot. */
  readonly writeAddress?: ((tag: number) => string | undefined) | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Cryptographic. */
  readonly random: (bytes: number) => Buffer;
}

/** The local page with everything it needs, behind its port. */
export function localStatus(options: LocalStatusOptions): StatusServer {
  const { host, port, password, health, logMemory, pages = [], programs = [], clock, log, random } = options;
  const sessions = new Sessions({ clock, random });
  const application = localPage({
    health,
    door: new Door({ password, sessions, limit: new AttemptLimit(), log }),
    pages: [
      overviewPage({ health }),
      sourcesPage({ health }),
      tagsPage({ health, writeAddress: options.writeAddress }),
      gapsPage({ health }),
      logPage({ log: logMemory }),
      ...pages,
    ],
    programs,
    clock,
    log,
  });
  return new StatusServer({ host, port, password, application });
}
