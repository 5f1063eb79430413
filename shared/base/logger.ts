/**
 * Levels: error = data lost or a person is needed; warn = something failed and heals by itself, no data lost;
 * info = start, stop, connected, lost, found, once each; debug = the rest. Normal running is silent.
 */
export interface Logger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  child(fields: object): Logger;
}

export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLogger,
};
