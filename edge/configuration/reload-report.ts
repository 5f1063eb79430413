import type { ProblemPlace } from '@gongfu/shared/base/problem';

/** What became of the configuration that was read last while the agent ran. */
export interface ReloadReport {
  readonly outcome: 'applied' | 'refused';
  /** When it was asked for, UTC epoch ms. */
  readonly at: number;
  /** Version of what runs since: the new one where it was applied, the old one where it was refused. */
  readonly configurationVersion: string;
  /** Why it was refused. */
  readonly problem: {
    readonly code: string;
    readonly detail: string;
    readonly advice: string;
    readonly places: readonly ProblemPlace[];
  } | null;
}
