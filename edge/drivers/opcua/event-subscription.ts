import {
  AttributeIds,
  type ClientSession,
  type ClientSessionRawSubscriptionService,
  ClientSubscription,
  constructEventFilter,
  EventNotificationList,
  MonitoringMode,
  type NotificationMessage,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua-client';
import { eventFields } from './condition-event.ts';

const publishingIntervalMs = 500;
const keepAliveEveryMs = 5_000;
/** Events the server may hold between two publishings, and while the line is cut. */
const queueSize = 10_000;

export interface EventSubscriptionOptions {
  /** Whose events. */
  readonly nodeId: string;
  /** How long the server keeps the subscription while the line is cut, ms. */
  readonly lifetimeMs: number;
  readonly received: (message: NotificationMessage) => void;
  readonly alive: () => void;
  readonly ended: (reason: string) => void;
}

/** One subscription with one event item; the name of the status where the server refuses it. @throws what the client throws */
export async function subscribeEvents(
  session: ClientSession,
  { nodeId, lifetimeMs, received, alive, ended }: EventSubscriptionOptions,
): Promise<ClientSubscription | string> {
  const keepAliveCount = Math.ceil(keepAliveEveryMs / publishingIntervalMs);
  // The client would refuse a server that grants short sessions; the watch over silence covers that case.
  ClientSubscription.ignoreNextWarning = true;
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishingIntervalMs,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: Math.max(keepAliveCount * 5, Math.ceil(lifetimeMs / publishingIntervalMs)),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 2,
  });
  subscription.on('raw_notification', (message: NotificationMessage) => {
    received(message);
    // Made by the plain service call, the item is none the client knows; events of such a one end the whole program there.
    message.notificationData =
      message.notificationData?.filter((part) => !(part instanceof EventNotificationList)) ?? null;
  });
  subscription.on('keepalive', alive);
  subscription.on('subscriptionId_changed', () => ended('the server has forgotten the subscription of alarms'));
  subscription.on('terminated', () => ended('the subscription of alarms ended'));
  const status = await createItem(session, subscription.subscriptionId, nodeId);
  if (status.isGood()) return subscription;
  subscription.removeAllListeners();
  await subscription.terminate().catch(() => undefined);
  return status.name;
}

/**
 * No where clause, on purpose. By type: there are servers (asyncua) for which a subtype is not of its type, and that leave out just
 * the alarms. By severity: an alarm often says that it is over with a lower one, and would never end.
 */
async function createItem(session: ClientSession, subscriptionId: number, nodeId: string) {
  const raw = session as ClientSession & ClientSessionRawSubscriptionService;
  const { results } = await raw.createMonitoredItems({
    subscriptionId,
    timestampsToReturn: TimestampsToReturn.Neither,
    itemsToCreate: [
      {
        itemToMonitor: { nodeId, attributeId: AttributeIds.EventNotifier },
        monitoringMode: MonitoringMode.Reporting,
        requestedParameters: {
          clientHandle: 1,
          samplingInterval: 0,
          queueSize,
          discardOldest: true,
          filter: constructEventFilter([...eventFields]),
        },
      },
    ],
  });
  return results?.[0]?.statusCode ?? StatusCodes.BadNothingToDo;
}
