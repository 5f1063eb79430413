import type { Program } from '../programs.ts';
import type { Load } from './load.ts';

/** A program that reads the registers of the simulator. */
export interface Reader extends Pick<Program, 'pid'> {
  /** What it counts itself since it was asked the last time; nothing where it counts nothing. */
  figures(): Promise<object>;
  stop(): Promise<void>;
}

export interface ReaderOptions {
  readonly load: Load;
  /** Of the simulator. */
  readonly port: number;
  /** Its own, empty. */
  readonly folder: string;
}

/** Undefined where the program is not on this machine. */
export type OpenReader = (options: ReaderOptions) => Promise<Reader | undefined>;
