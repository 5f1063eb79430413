import { join } from 'node:path';
import { ProcessMeter, round } from '../process-meter.ts';
import { inFolder } from '../programs.ts';
import { influxPeer } from './influx-peer.ts';
import { LinesFile } from './lines-file.ts';
import { costOf, dayOf, fillMeasured, influxBehindUs, notThere, tryManners, withPeer } from './stores-bench.ts';

/**
 * What it costs to write to InfluxDB through us: the same rows directly and through our whole ingest, in turn, each time to
 * an empty server, so that whatever the machine does meanwhile meets both. `longer` is the share by which ours takes longer.
 */
export async function influxBench(options: { samples: number; tags: number; pairs: number }): Promise<object> {
  return inFolder(async (root) => {
    const file = await LinesFile.make(join(root, 'day.lines'), dayOf(options));
    const tried = await tryManners(influxPeer, file);
    if (tried === undefined) return notThere;
    const pairs: { longer: number }[] = [];
    for (let n = 0; n < options.pairs; n += 1) {
      const direct = await withPeer(influxPeer, async (peer) => {
        const meter = new ProcessMeter(peer.pid);
        const written = await fillMeasured(peer, file, tried.manner);
        return { ...written, influxServer: costOf(meter.stop(), file.rows) };
      });
      const throughUs = await influxBehindUs(file);
      const longer = round(direct!.samplesPerSecond / throughUs!.samplesPerSecond - 1, 3);
      pairs.push({ longer, ...{ direct, throughUs } });
      console.error(`  ${JSON.stringify(pairs.at(-1))}`);
    }
    await file.close();
    const longer = pairs.map((pair) => pair.longer).sort((a, b) => a - b)[pairs.length >>> 1];
    return { ...options, ...tried, longer, pairs };
  });
}
