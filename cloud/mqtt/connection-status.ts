/** What a connection to a broker is for. */
export const connectionUses = ['topics', 'sparkplug-host', 'plain-publisher', 'sparkplug-node'] as const;

/** How one connection to a broker is right now; counts are since the start of the service. */
export interface ConnectionStatus {
  readonly tenantId: string;
  readonly broker: string;
  readonly use: (typeof connectionUses)[number];
  readonly url: string;
  readonly isConnected: boolean;
  /** Since when it is so, UTC epoch ms. */
  readonly since: number;
  /** Why it is not connected, in the client's words; '' when it is or has not tried yet. */
  readonly fault: string;
  /** Taken, or told to the broker. */
  readonly messages: number;
  /** Of payloads. */
  readonly bytes: number;
  /** Messages within the last minute. */
  readonly messagesLastMinute: number;
  /** Samples stored, or told. */
  readonly samples: number;
  /** Readings and messages that could not be stored; of samples told, those the broker has refused. */
  readonly refused: number;
  /** One of the newest of them, and why; '' where there was none. */
  readonly refusal: string;
  /** Given up: messages of QoS 0 without room, samples a broker was away too long for. */
  readonly dropped: number;
  /** Messages not durable yet, or samples not told yet. */
  readonly waiting: number;
}

/** The figures a connection keeps by itself. */
export type ConnectionFigures = Pick<
  ConnectionStatus,
  'isConnected' | 'since' | 'fault' | 'messages' | 'bytes' | 'messagesLastMinute'
>;

/** How all of them are. */
export interface ConnectionBoard {
  connections(): readonly ConnectionStatus[];
}
