import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes what was compiled from sources that are gone: the compiler leaves it, and a plugin whose folder was taken away
 * would run on, as would the test of a file that has moved. Returns what was removed, without endings.
 */
export function removeStaleOutput(checkout: string, rooms: readonly string[]): string[] {
  return rooms.flatMap((room) => {
    const output = join(checkout, room, 'dist');
    if (!existsSync(output)) return [];
    const compiled = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const stale = compiled
      .map((file) => file.slice(0, -'.js'.length))
      .filter((file) => !['.ts', '.tsx'].some((ending) => existsSync(join(checkout, room, file + ending))));
    for (const file of stale) {
      for (const ending of ['.js', '.js.map', '.d.ts', '.d.ts.map'])
        rmSync(join(output, file + ending), { force: true });
    }
    return stale.map((file) => join(room, file));
  });
}
