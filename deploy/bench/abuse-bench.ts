import { setTimeout as wait } from 'node:timers/promises';
import { type AbuseLoad, abuseRows, needsBroker } from './abuse-rows.ts';
import { startBroker } from './broker.ts';
import { Bystanders, type Noticed } from './bystanders.ts';
import { leaveServiceCore, serviceCore } from './cores.ts';
import { Sender } from './dashboards-bench.ts';
import { forkLoad } from './fork-load.ts';
import { LoadGateway } from './load-gateway.ts';
import { megabytes, RssPeak, round, usageOf } from './process-meter.ts';
import { type Cloud, inFolder, startCloud } from './programs.ts';

const samplesPerSecond = 2_000;
/**
 * Longer than the 100 ms in which a dashboard gets one emission at most: sweeps as often as that wander in and out of step
 * with the emissions, and their age moves by those 100 ms with nothing going on at all.
 */
const sweepMs = 150;
const tagCount = (samplesPerSecond * sweepMs) / 1_000;
const dashboards = 10;

/**
 * Bad input row by row under an even load: what others notice of it, what memory of the service's process it takes while
 * it lasts and a while after. The load runs before as well, long enough for the memory to be what the load alone takes.
 */
export async function abuseBench(options: {
  rows?: readonly string[];
  /** The rows so often, one round after the other: what grows in all of them is never given back. */
  rounds?: number;
  seconds: number;
  /** Before anything is measured, then after each row, and at the end. */
  waitSeconds: { warmUp: number; calm: number; end: number };
}) {
  const { rows = abuseRows, rounds = 1, seconds, waitSeconds } = options;
  return inFolder(async (folder) => {
    const ownCores = leaveServiceCore();
    const broker = rows.some(needsBroker) ? await startBroker(folder) : undefined;
    const cloud = await startCloud(folder, {
      ...(ownCores ? { core: serviceCore } : {}),
      ...(broker === undefined ? {} : { settings: { mqtt: { brokers: [brokerSettings(broker.url)] } } }),
    });
    const gateway = new LoadGateway({ url: cloud.url, code: await cloud.code('load'), name: 'load', tags: tagCount });
    const others = new Bystanders(cloud);
    try {
      await gateway.start();
      const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags?limit=10000');
      const tags = items.map(({ id }) => id);
      const sender = new Sender(gateway, sweepMs);
      sender.start();
      await others.start(dashboards, tags);
      await wait(waitSeconds.warmUp * 1_000);
      others.take();
      const calm = await watched(cloud, others, wait(waitSeconds.calm * 1_000));
      const tokens = await tokensOf(cloud);
      const results: Record<string, Awaited<ReturnType<typeof attacked>> & { sweepsSentAgain: number }> = {};
      const calms: Noticed[] = [];
      const ofRounds: { rssMBMax: number; rssMBAfter: number; tags?: number }[] = [];
      const turns = Array.from({ length: rounds }, () => rows).flat();
      for (const [place, row] of turns.entries()) {
        // As long as the row, again and again: a worst percentile differs by itself, and only what is beyond that is the row's.
        await wait(seconds * 1_000);
        calms.push(others.take());
        const brokerUrl = broker?.url ?? '';
        const load: AbuseLoad = { url: cloud.url, row, seconds, tags, token: cloud.token, ...tokens, brokerUrl };
        const againBefore = sender.retries;
        const result = await attacked(cloud, others, load, { calmSeconds: waitSeconds.calm, calmMB: calm.rssMBMax });
        const { rssMBMax, rssMBAfter } = result;
        results[row] = { ...result, sweepsSentAgain: sender.retries - againBefore };
        const which = Math.floor(place / rows.length);
        ofRounds[which] = { rssMBMax: Math.max(ofRounds[which]?.rssMBMax ?? 0, rssMBMax), rssMBAfter };
        if ((place + 1) % rows.length > 0) continue;
        ofRounds[which].tags = await tagCountOf(cloud);
        console.error(`  ${JSON.stringify(ofRounds[which])}`);
      }
      await wait(waitSeconds.end * 1_000);
      const afterMB = rssMB(cloud);
      const sent = await sender.stop();
      const most = (figure: 'rssMBGrowth' | 'rssMBOverCalm') =>
        Math.max(...Object.values(results).map((result) => result[figure]));
      return {
        ...{ seconds, waitSeconds, dashboards, samplesPerSecond, ownCores },
        calm,
        calmBeforeEachRow: { ageMsP99: spreadOf(calms, 'ageMs'), healthMsP99: spreadOf(calms, 'healthMs') },
        ageMsP99OfRows: spreadOf(Object.values(results), 'ageMs'),
        healthMsP99OfRows: spreadOf(Object.values(results), 'healthMs'),
        /** Of each row its last round. */
        rows: results,
        /** A tag stays known: memory goes with how many there are, which the limits of each origin bound. */
        rounds: ofRounds,
        rssMBGrowthMax: most('rssMBGrowth'),
        rssMBOverCalmMax: most('rssMBOverCalm'),
        rssMBOverCalmAtEnd: round(afterMB - calm.rssMBMax, 1),
        sweepsSentAgain: sent.retries,
        sweepsSentAgainBy: sender.retriesByCode,
        sweepsNotAcknowledged: sent.sweeps - sent.latenciesMs.length,
        brokers: broker === undefined ? [] : (await cloud.get<{ items: object[] }>('/api/v1/brokers')).items,
        auditRecords: (await cloud.get<{ items: { number: number }[] }>('/api/v1/audit?limit=1')).items[0]?.number,
      };
    } finally {
      others.stop();
      gateway.stop();
      await cloud.stop();
      await broker?.stop();
    }
  });
}

async function attacked(
  cloud: Cloud,
  others: Bystanders,
  load: AbuseLoad,
  { calmSeconds, calmMB }: { calmSeconds: number; calmMB: number },
) {
  console.error(`  ${load.row} …`);
  const beforeMB = rssMB(cloud);
  const attack = forkLoad<AbuseLoad, Record<string, number>>('abuse-load', load, 10).result;
  const seen = await watched(cloud, others, attack);
  await wait(calmSeconds * 1_000);
  const afterMB = rssMB(cloud);
  others.take();
  return {
    ...seen,
    rssMBBefore: beforeMB,
    rssMBAfter: afterMB,
    /** Over what it was right before, and over what the even load took before all of them. */
    rssMBGrowth: round(seen.rssMBMax - beforeMB, 1),
    rssMBOverCalm: round(seen.rssMBMax - calmMB, 1),
    outcomes: await attack,
  };
}

async function watched(cloud: Cloud, others: Bystanders, during: Promise<unknown>) {
  const peak = new RssPeak(cloud.pid);
  await during;
  const rssMBMax = peak.stop();
  const heapMB = megabytes(await cloud.metric('nodejs_heap_size_total_bytes'));
  const externalMB = megabytes(await cloud.metric('nodejs_external_memory_bytes'));
  return { ...others.take(), rssMBMax, heapMB, externalMB };
}

function spreadOf(noticed: readonly Noticed[], figure: 'ageMs' | 'healthMs') {
  const p99s = noticed.map((each) => each[figure].p99).sort((a, b) => a - b);
  return { least: p99s[0], median: p99s[Math.floor(p99s.length / 2)], most: p99s.at(-1) };
}

async function tagCountOf(cloud: Cloud): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const page = await cloud.get<{ items: object[]; cursor?: string }>(`/api/v1/tags?limit=1000${after}`);
    count += page.items.length;
    if (page.cursor === undefined) return count;
    after = `&cursor=${page.cursor}`;
  }
}

function rssMB({ pid }: Cloud): number {
  return megabytes(usageOf(pid).rssBytes);
}

async function tokensOf(cloud: Cloud): Promise<Pick<AbuseLoad, 'narrowToken' | 'revokedToken' | 'rowsToken'>> {
  const make = (name: string, permission = 'live:follow') =>
    cloud.post<{ id: string; key: string }>('/api/v1/api-keys', { name, permissions: [permission] });
  const [narrow, revoked, rows] = [await make('narrow'), await make('revoked'), await make('rows', 'samples:write')];
  await cloud.delete(`/api/v1/api-keys/${revoked.id}`);
  return { narrowToken: narrow.key, revokedToken: revoked.key, rowsToken: rows.key };
}

function brokerSettings(url: string) {
  return { name: 'plant', url, topics: [{ topic: 'in/{source}', source: '{source}' }], sparkplug: {} };
}
