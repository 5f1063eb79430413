import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem, type ProblemFields } from '@gongfu/shared/base/problem';
import type { Backup, BackupReport } from './backup.ts';

/** Longer names the kernel has no room for. */
const pathBytesMax = 100;

export interface BackupDoorOptions {
  /** Data folder of the service. */
  readonly folder: string;
  readonly backup: Pick<Backup, 'take'>;
  readonly log: Logger;
}

type Answer = { readonly report: BackupReport } | { readonly problem: ProblemFields };

/** Where `gongfu-cloud backup` reaches the running service: a socket in the data folder, for the user of the service and nobody else. */
export class BackupDoor implements Part {
  readonly #options: BackupDoorOptions;
  #server: Server | undefined;

  constructor(options: BackupDoorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { folder, log } = this.#options;
    const path = socketIn(folder);
    if (Buffer.byteLength(path) > pathBytesMax) {
      log.warn({ path }, 'the path of the data folder is too long for backups while the service runs');
      return;
    }
    // Of a service that was killed: the stores of this folder are open here, so no other one runs on it.
    await rm(path, { force: true });
    const server = createServer((question, response) => void this.#answer(question, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    await chmod(path, 0o600);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    // Whoever still waits for a backup is told by the end of the connection.
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  async #answer(question: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#take(question).catch((error: unknown): Answer => ({ problem: fieldsOf(error) }));
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(answer));
  }

  async #take(question: IncomingMessage): Promise<Answer> {
    let text = '';
    for await (const piece of question) text += piece;
    const { folder } = JSON.parse(text) as { folder: string };
    return { report: await this.#options.backup.take(folder) };
  }
}

/** Asks the service that runs on this data folder. @throws Problem */
export async function requestBackup(dataFolder: string, folder: string): Promise<BackupReport> {
  const answer = await new Promise<Answer>((resolve, reject) => {
    const question = request({ socketPath: socketIn(dataFolder), method: 'POST', path: '/' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve(JSON.parse(text) as Answer));
      response.on('error', (cause) => reject(brokenOff(cause)));
    });
    question.on('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'ECONNRESET' ? brokenOff(cause) : notRunning(dataFolder, cause)),
    );
    question.end(JSON.stringify({ folder }));
  });
  if ('problem' in answer) throw new Problem(answer.problem);
  return answer.report;
}

function socketIn(dataFolder: string): string {
  return join(dataFolder, 'backup.sock');
}

function fieldsOf(error: unknown): ProblemFields {
  if (error instanceof Problem) {
    const { code, message: detail, advice, reaction } = error;
    return { code, detail, advice, reaction };
  }
  return {
    code: 'backup-failed',
    detail: `the backup could not be taken: ${messageOf(error)}`,
    advice: 'Look into the log of the service.',
    reaction: 'stop',
  };
}

function brokenOff(cause: unknown): Problem {
  return new Problem({
    code: 'backup-failed',
    detail: `the service ended before the backup was whole: ${messageOf(cause)}`,
    advice: 'Take another one when the service runs again.',
    reaction: 'stop',
    cause,
  });
}

function notRunning(dataFolder: string, cause: unknown): Problem {
  return new Problem({
    code: 'service-not-running',
    detail: `no service runs on the data folder ${dataFolder}: ${messageOf(cause)}`,
    advice: 'Name the data folder of the running service (-c, DATA_DIR). Of a stopped one copy the folder as it is.',
    reaction: 'stop',
    cause,
  });
}
