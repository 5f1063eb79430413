import type { ProblemPlace } from '@gongfu/shared/base/problem';
import { configurationOutcomes } from '@gongfu/shared/wire/configuration';

/**
 * waiting: the gateway does not have it; trying: it is on its disk, and no result is known; replaced: a newer version came
 * before the gateway had this one; the rest is what the gateway told.
 */
export const configurationStates = ['waiting', 'trying', 'replaced', ...configurationOutcomes] as const;
export type ConfigurationState = (typeof configurationStates)[number];

/** One version of the sources of a gateway, as somebody wrote it, and what became of it. */
export interface ConfigurationRecord {
  /** Random; the id on the wire. */
  _id: string;
  tenantId: string;
  gatewayId: string;
  /** Counts up for the gateway. */
  number: number;
  text: string;
  note: string;
  author: { kind: 'user' | 'api-key'; id: string; name: string };
  state: ConfigurationState;
  createdAt: number;
  /** When the gateway had it on its disk, by the cloud's clock. */
  receivedAt: number | null;
  endedAt: number | null;
  /** `at` by the gateway's clock. */
  result: { code: string; detail: string; places: ProblemPlace[]; at: number } | null;
}
