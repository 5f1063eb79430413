/** Constructors are inert. `start` acquires and may be repeated after a failure; `stop` releases and never throws for a part not started. */
export interface Part {
  start(): Promise<void>;
  stop(): Promise<void>;
}
