import type { CommandState } from '@gongfu/shared/model/command-state';
import type { CommandOutcome, CommandValue } from '@gongfu/shared/wire/command';

/** Who asked or approved. */
export interface CommandPerson {
  kind: 'user' | 'api-key';
  /** Of the user, or of the key. */
  id: string;
  name: string;
  /** The user behind it: itself, or who made the key. */
  personId: string;
}

/** A value somebody wants in a PLC, and what became of it. One document holds all of it: every step is one atomic update. */
export interface CommandRecord {
  /** Random; the id on the wire. */
  _id: string;
  tenantId: string;
  /** Counts up in the tenant. */
  number: number;
  gatewayId: string;
  /** History number of the tag; `source` and `name` are the tag's. */
  tag: number;
  source: string;
  name: string;
  value: CommandValue;
  /** What the tag last was when this was asked; null: bad or never seen. */
  valueBefore: CommandValue | null;
  reason: string;
  requester: CommandPerson;
  approver: CommandPerson | null;
  /** Chosen by who asks: the same key again is the same command. */
  idempotencyKey: string;
  state: CommandState;
  requestedAt: number;
  expiresAt: number;
  approvedAt: number | null;
  sentAt: number | null;
  /** When the gateway said that it is on its disk. */
  receivedAt: number | null;
  endedAt: number | null;
  /** As it was sent: the gateway's number of the tag, and the life of the gateway's buffer in which it counts. */
  sentAs: { number: number; epoch: number } | null;
  /** As the gateway told it; `at` by the gateway's clock. */
  result: { outcome: CommandOutcome; code: string; detail: string; readBack: CommandValue | null; at: number } | null;
}
