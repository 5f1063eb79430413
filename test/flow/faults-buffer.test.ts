import { readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, healthOf, isDrained, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';

const capacityBytes = 2 ** 20;
const loadTags = 1000;
/** Of one Modbus request. */
const registersMax = 125;

interface Gap {
  readonly epoch: number;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly samples: number;
  readonly reason: string;
}

describe('flow: a full buffer', function () {
  this.timeout(120_000);
  const data = temporaryFolder();
  const server = new CountingServer();
  let cloud: RunningCloud | undefined;
  let edge: RunningEdge | undefined;

  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const start = (url: string, sources: string, code?: string) =>
    startEdge({
      config: gatewayConfig({ name: 'full', url, buffer: `${data.folder}/buffer`, sources, maxBytes: '1MiB' }),
      env: { GONGFU_CODE: code },
    });

  it('overflows within its limits; stored sequences and gap records together are all there were, and never both', async () => {
    const modbusPort = await server.start();
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    const port = Number(new URL(cloud.url).port);
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    // Enrolled while nothing is on the way: what was sent and not answered would be stored and overflow as well.
    edge = await start(cloud.url, counterSource(modbusPort, '1h'), await api.code('full'));
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > 0);
    await edge.stop();
    await cloud.stop();

    edge = await start(cloud.url, `${counterSource(modbusPort, '20ms')}\n${loadSource(modbusPort)}`);
    const first = await untilHealth(edge, ({ buffer }) => buffer.gapsTotal > 0);
    const rssBytes = rssOf(edge);
    const overflowed = first.buffer.lastSequence + first.buffer.batches;
    const full = await untilHealth(edge, ({ buffer }) => buffer.lastSequence > overflowed);
    expect(full.status, 'told as such').to.equal('degraded');
    expect(full.buffer.usedBytes).to.be.within(capacityBytes * 0.8, capacityBytes);
    expect(statSync(`${data.folder}/buffer/buffer.mdb`).size, 'on the disk').to.be.lessThan(capacityBytes * 2);
    expect(rssOf(edge) - rssBytes, 'memory while it overflows').to.be.lessThan(40e6);
    expect(full.sources.map(({ state }) => state)).to.deep.equal(['connected', 'connected']);

    cloud = await startCloud({ dataDir: `${data.folder}/cloud`, port });
    await untilHealth(edge, isDrained);
    const { lastSequence, epoch } = (await healthOf(edge)).buffer;
    await edge.stop();

    const samples = await api.samples(await api.tag('count'));
    const stored = new Set(samples.map(({ sequence }) => sequence));
    // A commit may come between two requests of one poll: of each request one tag.
    for (let first = 0; first < loadTags; first += registersMax)
      for (const { sequence } of await api.samples(await api.tag(`load-${first}`))) stored.add(sequence);
    const { items: gaps } = await api.get<{ items: Gap[] }>('/api/v1/gaps?from=0&to=4000000000000&limit=10000');
    expect(gaps.length).to.be.greaterThan(0);
    expect(new Set(gaps.map(({ reason }) => reason))).to.deep.equal(new Set(['buffer-full']));
    expect(new Set([...gaps, ...samples].map((one) => one.epoch))).to.deep.equal(new Set([epoch]));
    const missing = gaps.flatMap(({ fromSequence, toSequence }) =>
      Array.from({ length: toSequence - fromSequence + 1 }, (_, n) => fromSequence + n),
    );
    const all = [...[...stored].filter((sequence) => sequence <= lastSequence), ...missing].sort((a, b) => a - b);
    expect(all, 'each sequence stored or named, none twice').to.deep.equal(
      Array.from({ length: lastSequence }, (_, n) => n + 1),
    );
    // A gap record of which a part arrived after all tells no number of samples any more.
    const lost = gaps.reduce((sum, gap) => sum + Math.max(0, gap.samples), 0);
    expect(missing.length, 'an overflow worth the name').to.be.greaterThan(20);
    console.log(
      `      ${lastSequence} sequences, ${missing.length} named by ${gaps.length} gap records (at least ${lost} samples), agent ${Math.round(rssBytes / 1e6)} MB`,
    );
  });
});

function loadSource(port: number): string {
  const tags = Array.from(
    { length: loadTags },
    (_, n) => `      - { name: load-${n}, address: "holding:${1000 + n}", type: uint16 }`,
  );
  return `  - name: load
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 20ms
    tags:
${tags.join('\n')}`;
}

/** Resident memory of the agent's process, bytes. */
function rssOf(edge: RunningEdge): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${edge.process.pid}/status`, 'utf8'))![1]) * 1024;
}
