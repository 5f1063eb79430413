import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { AttributeIds, ClientSubscription, OPCUAClient, TimestampsToReturn } from 'node-opcua-client';

/**
 * The client library our driver stands on, alone: subscribes so many items (second argument) of the server at a port (the first)
 * and does nothing with what comes. A thousand items a subscription, as our driver does.
 */
const itemsPerSubscription = 1_000;
const [port, items] = [Number(process.argv[2]), Number(process.argv[3])];
const pki = mkdtempSync(join(tmpdir(), 'gongfu-bench-pki-'));
process.on('exit', () => rmSync(pki, { recursive: true, force: true }));
const client = OPCUAClient.create({
  endpointMustExist: false,
  clientCertificateManager: new OPCUACertificateManager({ rootFolder: pki }),
});
await client.connect(`opc.tcp://127.0.0.1:${port}`);
const session = await client.createSession();
for (let from = 0; from < items; from += itemsPerSubscription) {
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: 1_000,
    requestedMaxKeepAliveCount: 10,
    requestedLifetimeCount: 100,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
  });
  const nodes = Array.from({ length: Math.min(itemsPerSubscription, items - from) }, (_, n) => ({
    nodeId: `ns=2;s=Plant.v${from + n}`,
    attributeId: AttributeIds.Value,
  }));
  await subscription.monitorItems(
    nodes,
    { samplingInterval: 1_000, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
}
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
