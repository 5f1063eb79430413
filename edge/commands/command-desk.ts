import type { CommandReceipt, CommandResult, WritableTag } from '@gongfu/shared/wire/command';

/** What the commands see of a connection to the cloud. */
export interface CommandLine {
  /** Rejects when no answer comes. */
  tell(result: CommandResult): Promise<CommandReceipt>;
  /** Other tags than before may be written. */
  offer(writable: readonly WritableTag[]): Promise<void>;
}

/** What the uplink sees of the commands. */
export interface CommandDesk {
  /** The tags that may be written, for `hello`; undefined where writing is switched off. */
  writable(): WritableTag[] | undefined;
  /** A command as it came; resolves when the answer is true. Never rejects. */
  receive(payload: unknown): Promise<CommandReceipt>;
  /** There is a connection to the cloud: results it does not have yet go out. */
  opened(line: CommandLine): void;
  closed(): void;
}
