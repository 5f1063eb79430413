import type { ConfigurationReceipt, ConfigurationResult } from '@gongfu/shared/wire/configuration';

/** Brings a result to the cloud; rejects when no answer came. */
export type ResultTeller = (result: ConfigurationResult) => Promise<ConfigurationReceipt>;

/** What the uplink needs of remote configuration. */
export interface ConfigurationDesk {
  /** A version is offered; the answer may be given once it is true. */
  receive(payload: unknown): Promise<ConfigurationReceipt>;
  /** There is a connection: what the cloud has not heard yet is told. */
  opened(tell: ResultTeller): void;
  closed(): void;
}
