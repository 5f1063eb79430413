import type { KpiResult } from '../kpi/kpi-result.ts';
import type { AlarmEnd } from '../model/alarm-end.ts';
import type { LocalText } from '../model/asset.ts';
import type { Quality } from '../model/quality.ts';
import type { Heartbeat } from './handshake.ts';

/** What crosses cloud–browser on Socket.IO namespace `/live`. Times are UTC epoch ms; 64-bit integers travel as text, exact. */

/** Argument of `subscribe` and `unsubscribe`. Tag ids are decimal text, as in the REST interface. */
export interface LiveRequest {
  readonly tags?: readonly string[];
  readonly assets?: readonly string[];
  /** Addresses of pages, as in the browser: whatever that page shows, also when the plant changes. */
  readonly pages?: readonly string[];
  /** Every sample of these tags, not only the newest of a moment. */
  readonly every?: true;
  /** With `every`: where the program stopped hearing; what came since is in the answer. */
  readonly since?: LivePosition;
}

/** Up to where a program has heard: a text for each gateway, to be kept as it is. A newer one replaces those of the same keys. */
export type LivePosition = Readonly<Record<string, string>>;

/** Second argument of event `samples` when it carries every sample. */
export interface LiveTrail {
  readonly position: LivePosition;
  /** Samples before these are left out, because there were too many: the history has them. */
  readonly truncated: boolean;
}

/** Event `samples` carries an array of these: of each subscribed tag that changed, the newest. */
export interface LiveSample {
  readonly tag: string;
  readonly sourceTime: number;
  /** Null where the quality is bad. */
  readonly value: number | string | boolean | null;
  readonly quality: Quality;
  readonly status: number;
}

/** Event `kpis` carries an array of these: the current shift's figures and the state of a subscribed asset. */
export interface LiveKpi {
  readonly assetId: string;
  readonly kpi: LiveKpiFigures;
  readonly state: LiveAssetState;
}

export interface LiveKpiFigures extends KpiResult {
  readonly window: string;
  /** Shift, hour or day in the plant's zone. */
  readonly label: string;
  /** Of the asset's calendar; null where the window is no shift of it. */
  readonly shiftId: string | null;
  /** The window's end lies ahead. */
  readonly open: boolean;
}

export interface LiveAssetState {
  readonly state: string;
  /** Free text of the plant beside the state; empty when there is none. */
  readonly cause: LocalText;
  readonly since: number | null;
  readonly doubt: 'none' | 'stale' | 'bad' | 'never-seen';
}

/** Event `gateways` carries an array of these: every gateway of the tenant that changed. */
export interface LiveGateway {
  readonly id: string;
  readonly name: string;
  readonly status: 'enrolled' | 'revoked';
  readonly online: boolean;
  /** Null while offline. */
  readonly connectedAt: number | null;
  readonly lastSeenAt: number | null;
  readonly heartbeat: Heartbeat | null;
  /** What it is configured as and since when, also while offline; null: it does not tell. */
  readonly configuration: { readonly version: string; readonly since: number } | null;
}

/** Event `alarms` carries an array of these: every alarm of the tenant that is new or another than before. */
export interface LiveAlarm {
  readonly id: string;
  /** Name of the gateway. */
  readonly gateway: string;
  readonly gatewayId: string;
  readonly source: string;
  readonly name: string;
  /** What in the machine it is about. */
  readonly origin: string;
  readonly type: string;
  readonly message: string;
  /** As the machine says it, by the standard 1 to 1000; null: it does not. */
  readonly severity: number | null;
  /** Null: it knows no such state. */
  readonly active: boolean | null;
  readonly acknowledged: boolean | null;
  readonly confirmed: boolean | null;
  /** Still of interest: active, or waiting for somebody at the machine. */
  readonly open: boolean;
  readonly openedAt: number;
  readonly activeSince: number | null;
  readonly changedAt: number;
  readonly endedAt: number | null;
  /**
   * `unwatched`: it was over when the machine was asked again; `gateway-revoked`, `source-removed`: nobody watches the machine
   * any more, and what became of it is not known. More may come. Null while open.
   */
  readonly ended: AlarmEnd | null;
  /** False: nobody hears from the machine now, and the alarm is shown as it was last. */
  readonly watched: boolean;
  /** Since then nobody heard, by the clock of the machine; null: heard, or the gateway itself is away. */
  readonly unwatchedSince: number | null;
}

/** Acknowledgement of `subscribe`: what is known now; the events bring what changes after. */
export type LiveAnswer =
  | {
      readonly ok: true;
      readonly samples: readonly LiveSample[];
      readonly kpis: readonly LiveKpi[];
      readonly gateways: readonly LiveGateway[];
      /** Answer to a request with `every`: the events go on from here. With `since`, `samples` are those missed. */
      readonly trail?: LiveTrail;
    }
  | { readonly ok: false; readonly problem: LiveProblem };

export interface LiveProblem {
  readonly code: string;
  readonly detail: string;
  readonly advice: string;
}
