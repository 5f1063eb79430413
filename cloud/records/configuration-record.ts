import type { ProblemPlace } from '@gongfu/shared/base/problem';
import type { ConfigurationState } from '@gongfu/shared/model/configuration-state';

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
