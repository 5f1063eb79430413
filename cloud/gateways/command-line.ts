import type { Command, CommandReceipt, CommandResult } from '@gongfu/shared/wire/command';
import type { GatewayRecord } from '../records/records.ts';

/** The live connection of a gateway as commands see it. */
export interface CommandLine {
  readonly gateway: GatewayRecord;
  /** The life of the gateway's buffer: its tag numbers, and what it remembers of commands, are of it. */
  readonly epoch: number;
  /** The gateway's number of a tag, by its history number; undefined while the gateway does not declare it. */
  numberOf(tag: number): number | undefined;
  /** @throws Error when there is no answer in time, or the connection has ended */
  send(command: Command): Promise<CommandReceipt>;
}

/** What connections tell the commands. */
export interface CommandLedger {
  /** `hello` was answered: the line is open until `closed`. One a gateway; a newer one stands for the older. */
  opened(line: CommandLine): void;
  /** The gateway declares more tags on an open line. */
  declared(line: CommandLine): void;
  closed(line: CommandLine): void;
  /** Resolves when it is kept, or was before: the gateway may forget it. */
  settle(gateway: GatewayRecord, result: CommandResult): Promise<void>;
}
