import type { ModbusAddress } from '../drivers/modbus/address.ts';
import type { PanelValue } from './panel-value.ts';

/** How long before the first key of an answer the panel may have been looked at. */
export const lookBackMs = 3_000;

/** "At 14:03:20 the display shows 36.5". */
export interface PanelReading {
  readonly atMs: number;
  /** Earliest and latest moment the display may have been looked at. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly shown: PanelValue;
}

/** A value the panel shows, by the name it is to have as a tag. */
export interface PanelTag {
  readonly name: string;
  /** '' = none. */
  readonly unit: string;
  /** What the manual says, if anything. */
  readonly hint?: ModbusAddress | undefined;
  /** In the order of time. */
  readonly readings: readonly PanelReading[];
}
