import { fileURLToPath } from 'node:url';
import { systemClock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { formatError } from '@gongfu/shared/config/problem-text';
import { demoSettingsFrom } from './demo-settings.ts';
import { type DemoReady, DemoStack } from './demo-stack.ts';

/** `npm start`: the demonstration until SIGINT or SIGTERM. Standard output carries the `ready` line and nothing else. */
const say = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const settings = demoSettingsFrom(process.env);
  const stack = new DemoStack({
    settings,
    home: fileURLToPath(new URL('../../../', import.meta.url)),
    env: process.env,
    clock: systemClock,
    random: Math.random,
    say,
  });
  let asked = false;
  const end = (): void => {
    asked = true;
    void stack.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        say(messageOf(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  if (process.send !== undefined) process.on('disconnect', end);
  say(`Starting plant, cloud and gateway; data and logs are in ${settings.dataFolder}`);
  try {
    show(await stack.start());
    stack.forgetSignIn();
  } catch (error) {
    // Asked to end while starting: what broke off with it is no fault.
    if (asked) return;
    say(formatError(error));
    await stack.stop();
    process.exit(1);
  }
}

function show({ url, signIn }: DemoReady): void {
  console.log(`ready ${url} user=${signIn?.user ?? 'admin'} password=${signIn?.password ?? '-'}`);
}

await main().catch((error: unknown) => {
  say(formatError(error));
  process.exit(1);
});
