import type { ConfigurationOffer, ConfigurationReceipt, ConfigurationResult } from '@gongfu/shared/wire/configuration';
import type { GatewayRecord } from '../records/records.ts';

/** The live connection of a gateway as versions of its configuration see it. */
export interface ConfigurationLine {
  readonly gateway: GatewayRecord;
  /** It said that it takes them. */
  readonly takes: boolean;
  /** @throws Error when there is no answer in time, or the connection has ended */
  offer(offer: ConfigurationOffer): Promise<ConfigurationReceipt>;
}

/** What connections tell the configurations. */
export interface ConfigurationLedger {
  /** `hello` was answered: the line is open until `closed`. One a gateway; a newer one stands for the older. */
  opened(line: ConfigurationLine): void;
  closed(line: ConfigurationLine): void;
  /** Resolves when it is kept: the gateway may forget it. */
  settle(gateway: GatewayRecord, result: ConfigurationResult): Promise<void>;
}
