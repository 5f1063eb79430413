import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '@gongfu/shared/base/problem';
import { readReport } from './report-file.ts';

const patienceMs = 60_000;

/**
 * `gongfu-edge reload`: signals the running agent and waits for what became of it; answers with the version that runs since.
 * @throws Problem `agent-absent`, `reload-unanswered`, or the one the agent refused its file for
 */
export async function askForReload(options: {
  /** Of the buffer; the agent is the one that has it open. */
  folder: string;
  agentPid: number | undefined;
  now: () => number;
}): Promise<string> {
  const { folder, agentPid, now } = options;
  if (agentPid === undefined) {
    throw new Problem({
      code: 'agent-absent',
      detail: `no agent runs on ${folder}, so there is nothing to reload`,
      advice: 'Start it with gongfu-edge run; that reads the file too.',
      reaction: 'stop',
    });
  }
  const askedAt = now();
  process.kill(agentPid, 'SIGHUP');
  while (now() - askedAt < patienceMs) {
    const report = readReport(folder);
    if (report !== undefined && report.at >= askedAt) {
      if (report.problem === null) return report.configurationVersion;
      throw new Problem({ ...report.problem, reaction: 'stop' });
    }
    await wait(50);
  }
  throw new Problem({
    code: 'reload-unanswered',
    detail: `the agent, process ${agentPid}, has not told within a minute what became of the reload`,
    advice: 'Look at its log and status page.',
    reaction: 'stop',
  });
}
