import { type CommandState, unsentStates } from '@gongfu/shared/model/command-state';

/** Both ends may be written; null: the tag has no numbers. */
export interface WriteBounds {
  readonly minimum: number | null;
  readonly maximum: number | null;
}

export type WrittenValue = number | boolean | string;

/** What the REST interface answers about a command. Times are ISO 8601 text here. */
export interface Command {
  readonly id: string;
  readonly state: CommandState;
  readonly tag: string;
  readonly gateway: string;
  readonly source: string;
  readonly name: string;
  readonly value: WrittenValue;
  readonly valueBefore: WrittenValue | null;
  readonly reason: string;
  readonly requestedBy: string;
  readonly own: boolean;
  readonly approvedBy: string | null;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  readonly result: {
    readonly outcome: string;
    readonly code: string;
    readonly detail: string;
    readonly readBack: WrittenValue | null;
  } | null;
}

export interface CommandSettings {
  readonly secondApprover: boolean;
  readonly gateways: readonly { readonly id: string; readonly name: string; readonly secondApprover: boolean }[];
}

/** What has not left the cloud may be withdrawn. */
export function isUnsent({ state }: Command): boolean {
  return unsentStates.some((one) => one === state);
}

export function isOpen(command: Command): boolean {
  return isUnsent(command) || command.state === 'sent';
}
