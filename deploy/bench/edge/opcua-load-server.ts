import { createServer, type Socket } from 'node:net';
import {
  ActivateSessionRequest,
  ActivateSessionResponse,
  CloseSessionRequest,
  CloseSessionResponse,
  CreateMonitoredItemsRequest,
  CreateMonitoredItemsResponse,
  CreateSessionRequest,
  CreateSessionResponse,
  CreateSubscriptionRequest,
  CreateSubscriptionResponse,
  DataType,
  DataValue,
  GetEndpointsRequest,
  GetEndpointsResponse,
  MessageSecurityMode,
  makeNodeId,
  PublishRequest,
  ReadRequest,
  ReadResponse,
  SecurityPolicy,
  ServerSecureChannelLayer,
  ServiceFault,
  StatusCodes,
  UserTokenType,
  VariantArrayType,
} from 'node-opcua-client';
import { LoadPublisher, type PublisherFigures } from './load-publisher.ts';

type Message = Parameters<ServerSecureChannelLayer['send_response']>[2];
type Answer = Parameters<ServerSecureChannelLayer['send_response']>[1];
type ServerParent = ConstructorParameters<typeof ServerSecureChannelLayer>[0]['parent'];

const namespaceArrayId = 2255;
const startTimeId = 2257;
const stateId = 2259;
const running = 0;
const sessionTimeoutMs = 600_000;

/**
 * An OPC UA server for measuring its clients: any variable may be subscribed, and each changes once in every publishing interval.
 * It keeps up with a hundred thousand changes a second on a small part of a core, as its publishings are bytes it has ready
 * (`PreparedChanges`); sessions and all other services are answered by the library's own classes. Unsecured, and no more than
 * clients ask for who subscribe.
 */
export class OpcuaLoadServer {
  readonly #namespaces: readonly string[];
  readonly #startedAt = new Date();
  readonly #publishers = new Set<LoadPublisher>();
  readonly #server = createServer((socket) => this.#accept(socket));
  #port = 0;
  #sessions = 0;

  constructor({ namespaces }: { namespaces: readonly string[] }) {
    this.#namespaces = namespaces;
  }

  get port(): number {
    return this.#port;
  }

  /** Items of the sessions there are, changes of all since the start. */
  get figures(): PublisherFigures {
    const all = [...this.#publishers].map(({ figures }) => figures);
    const sum = (key: keyof PublisherFigures) => all.reduce((total, figures) => total + figures[key], 0);
    return {
      items: sum('items'),
      changesMade: sum('changesMade'),
      changesSent: sum('changesSent'),
      waiting: sum('waiting'),
    };
  }

  /** No variable changes any more. */
  pause(): void {
    for (const publisher of this.#publishers) publisher.paused = true;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    // What is unsecured needs neither certificates nor keys.
    const parent = {
      getEndpointDescription: () => this.#endpoint,
      getCertificateChain: () => [],
      getKeyOperations: () => undefined,
    } as unknown as ServerParent;
    const channel = new ServerSecureChannelLayer({ parent });
    const publisher = new LoadPublisher();
    this.#publishers.add(publisher);
    channel.on('message', (message: Message) => this.#answer(channel, publisher, message));
    channel.on('abort', () => publisher.stop());
    channel.init(socket as Parameters<typeof channel.init>[0], (error) => {
      if (error) socket.destroy();
    });
  }

  get #endpoint() {
    return {
      endpointUrl: `opc.tcp://127.0.0.1:${this.#port}`,
      server: { applicationUri: 'urn:gongfu:bench', productUri: 'urn:gongfu:bench', applicationType: 0 },
      securityMode: MessageSecurityMode.None,
      securityPolicyUri: SecurityPolicy.None,
      userIdentityTokens: [{ policyId: 'anonymous', tokenType: UserTokenType.Anonymous }],
      transportProfileUri: 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary',
    };
  }

  #answer(channel: ServerSecureChannelLayer, publisher: LoadPublisher, message: Message): void {
    const send = (response: Answer) => channel.send_response('MSG', response, message);
    const { request } = message;
    if (request instanceof PublishRequest) {
      publisher.call({
        acknowledgements: request.subscriptionAcknowledgements?.length ?? 0,
        answer: (changes) => send(changes as unknown as Answer),
      });
      return;
    }
    send(this.#sessionAnswer(request) ?? subscriptionAnswer(publisher, request) ?? unsupported());
  }

  #sessionAnswer(request: Message['request']): Answer | undefined {
    if (request instanceof GetEndpointsRequest) return new GetEndpointsResponse({ endpoints: [this.#endpoint] });
    if (request instanceof CreateSessionRequest) {
      this.#sessions += 1;
      return new CreateSessionResponse({
        sessionId: makeNodeId(this.#sessions, 1),
        authenticationToken: makeNodeId(1_000 + this.#sessions, 1),
        revisedSessionTimeout: sessionTimeoutMs,
        serverEndpoints: [this.#endpoint],
        serverNonce: Buffer.alloc(32, this.#sessions),
      });
    }
    if (request instanceof ActivateSessionRequest) {
      return new ActivateSessionResponse({ serverNonce: Buffer.alloc(32, 255) });
    }
    if (request instanceof CloseSessionRequest) return new CloseSessionResponse();
    if (request instanceof ReadRequest) {
      const results = (request.nodesToRead ?? []).map(({ nodeId }) => this.#read(Number(nodeId.value)));
      return new ReadResponse({ results });
    }
    return undefined;
  }

  #read(id: number): DataValue {
    const now = new Date();
    const value = (dataType: DataType, held: unknown) =>
      new DataValue({ value: { dataType, value: held }, sourceTimestamp: now, serverTimestamp: now });
    if (id === startTimeId) return value(DataType.DateTime, this.#startedAt);
    if (id === stateId) return value(DataType.Int32, running);
    if (id !== namespaceArrayId) return new DataValue({ statusCode: StatusCodes.BadNodeIdUnknown });
    const array = { dataType: DataType.String, arrayType: VariantArrayType.Array, value: [...this.#namespaces] };
    return new DataValue({ value: array, sourceTimestamp: now, serverTimestamp: now });
  }
}

function subscriptionAnswer(publisher: LoadPublisher, request: Message['request']): Answer | undefined {
  if (request instanceof CreateSubscriptionRequest) {
    const intervalMs = Math.max(10, request.requestedPublishingInterval);
    return new CreateSubscriptionResponse({
      subscriptionId: publisher.subscribe({ intervalMs, notificationsMax: request.maxNotificationsPerPublish }),
      revisedPublishingInterval: intervalMs,
      revisedLifetimeCount: request.requestedLifetimeCount,
      revisedMaxKeepAliveCount: request.requestedMaxKeepAliveCount,
    });
  }
  if (!(request instanceof CreateMonitoredItemsRequest)) return undefined;
  const items = request.itemsToCreate ?? [];
  const handles = items.map(({ requestedParameters }) => requestedParameters.clientHandle);
  const taken = publisher.add(request.subscriptionId, handles);
  const statusCode = taken ? StatusCodes.Good : StatusCodes.BadSubscriptionIdInvalid;
  return new CreateMonitoredItemsResponse({
    results: items.map(({ requestedParameters }, place) => ({
      statusCode,
      monitoredItemId: place + 1,
      revisedSamplingInterval: requestedParameters.samplingInterval,
      revisedQueueSize: requestedParameters.queueSize,
    })),
  });
}

function unsupported(): Answer {
  return new ServiceFault({ responseHeader: { serviceResult: StatusCodes.BadServiceUnsupported } });
}
