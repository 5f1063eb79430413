import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker } from '../broker.ts';
import { startForeign } from '../programs.ts';
import { installed } from '../stores/peer.ts';
import { registersPerRequest, sourcesOf } from './load.ts';
import type { OpenReader } from './reader.ts';

/**
 * ThingsBoard's gateway, publishing to a broker nobody subscribes at. Its registers are written as one address range a source:
 * with an entry a tag it does not keep up from ten thousand on. Checking for changes, statistics and remote control are off.
 */
export const thingsboardReader: OpenReader = async ({ load, port, folder }) => {
  const program = installed('thingsboard-gateway-3.8.5/bin/thingsboard-gateway');
  if (program === undefined) return undefined;
  const broker = await startBroker(folder);
  writeSettings(folder, Number(new URL(broker.url).port), {
    master: {
      slaves: sourcesOf(load).map(({ name, unitId, tags }) => ({
        ...{ host: '127.0.0.1', port, type: 'tcp', method: 'socket', unitId },
        ...{ deviceName: name, deviceType: 'default', timeout: 5, byteOrder: 'BIG', wordOrder: 'BIG' },
        ...{ retries: 3, pollPeriod: load.intervalMs, connectAttemptTimeMs: 500, connectAttemptCount: 5 },
        attributes: [],
        timeseries: [
          {
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the gateway's own
            ...{ tag: 'r${address}', type: '16uint', functionCode: 3, objectsCount: 1 },
            ...{ address: `0-${tags - 1}`, maxRegistersPerRequest: registersPerRequest },
          },
        ],
        ...{ attributeUpdates: [], rpc: [] },
      })),
    },
  });
  const { pid, stop } = startForeign([program], { TB_GW_CONFIG_DIR: `${folder}/` }, folder);
  return {
    pid,
    figures: async () => ({}),
    async stop() {
      await stop();
      await broker.stop();
    },
  };
};

function writeSettings(folder: string, brokerPort: number, modbus: object): void {
  const limits = ['rateLimits', 'dpRateLimits', 'messagesRateLimits', 'deviceMessagesRateLimits', 'deviceRateLimits'];
  const unlimited = Object.fromEntries([...limits, 'deviceDpRateLimits'].map((name) => [name, '0:0,']));
  const gateway = {
    thingsboard: {
      ...{ host: '127.0.0.1', port: brokerPort, remoteShell: false, remoteConfiguration: false, qos: 1 },
      statistics: { enable: false },
      deviceFiltering: { enable: false },
      ...{ maxPayloadSizeBytes: 65_536, minPackSendDelayMS: 50, minPackSizeToSend: 500 },
      security: { type: 'accessToken', accessToken: 'bench' },
      reportStrategy: { type: 'ON_RECEIVED' },
      checkingDeviceActivity: { checkDeviceInactivity: false },
      ...unlimited,
    },
    storage: { type: 'memory', read_records_count: 1_000, max_records_count: 100_000 },
    grpc: { enabled: false },
    connectors: [{ type: 'modbus', name: 'bench', configuration: 'modbus.json' }],
  };
  const quiet = { version: 1, disable_existing_loggers: true, handlers: {}, root: { level: 'ERROR', handlers: [] } };
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'tb_gateway.json'), JSON.stringify(gateway));
  writeFileSync(join(folder, 'modbus.json'), JSON.stringify(modbus));
  writeFileSync(join(folder, 'logs.json'), JSON.stringify(quiet));
}
