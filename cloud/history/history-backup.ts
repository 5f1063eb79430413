/** A history store that can copy itself while it runs. */
export interface HistoryBackup {
  /** Writes what is committed at one moment into the folder, made for it and empty: a history folder like its own. */
  backUp(folder: string): Promise<void>;
}
