import { readFileSync } from 'node:fs';
import { systemClock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { formatError } from '@gongfu/shared/config/problem-text';
import { withSecretFiles } from '@gongfu/shared/config/secret-files';
import { Command } from 'commander';
import { pino } from 'pino';
import { Agent } from './agent.ts';
import { type EdgeConfig, readEdgeConfig, requireUplink } from './config.ts';
import { configurationVersion } from './configuration-version.ts';
import { planText, wireAddresses } from './plan-text.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('gongfu-edge')
  .description('Gongfu edge agent: reads PLCs and sensors, keeps every sample on disk until the cloud has it')
  .version(version);

/** With `NAME_FILE` for whatever is a secret. */
const env = withSecretFiles(process.env, (file) => readFileSync(file, 'utf8'));

const configOption = ['-c, --config <file>', 'configuration file, YAML'] as const;

program
  .command('run')
  .description('read the sources and deliver to the cloud until stopped')
  .requiredOption(...configOption)
  .option('--code <code>', 'one-time code, at the first start')
  .action((options: { config: string; code?: string }) => run(options.config, options.code));

program
  .command('check')
  .description('check the configuration and show the wire address of every tag; opens no connection')
  .requiredOption(...configOption)
  .action((options: { config: string }) => {
    const config = load(options.config);
    console.log([...wireAddresses(config), `OK: ${summary(config)}`].join('\n'));
  });

program
  .command('plan')
  .description('show the requests each source will be asked; opens no connection')
  .requiredOption(...configOption)
  .action((options: { config: string }) => console.log(planText(load(options.config)).join('\n')));

await program.parseAsync().catch((error: unknown) => {
  console.error(formatError(error));
  process.exit(1);
});

async function run(file: string, codeArgument: string | undefined): Promise<void> {
  const config = load(file);
  const uplink = requireUplink(config, file);
  const code = codeArgument ?? (env.GONGFU_CODE || undefined) ?? uplink.code;
  const log = pino({ level: config.log.level, base: {} }, pino.destination({ dest: 2, sync: true }));
  const agent = new Agent({
    config,
    uplink: { ...uplink, code },
    version,
    clock: systemClock,
    random: Math.random,
    log,
  });
  await agent.start();
  console.log(`running gateway=${config.gateway.name} status=${agent.statusUrl ?? '-'}`);
  stopOnSignal(agent);
}

function stopOnSignal(agent: Agent): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    agent.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(formatError(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Started by another program: when that is gone, so is the reason to run.
  if (process.send !== undefined) process.on('disconnect', stop);
}

function load(file: string): EdgeConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem({
      code: 'config-unreadable',
      detail: `the configuration file ${file} cannot be read: ${messageOf(error)}`,
      advice: 'Check the path given with -c.',
      reaction: 'stop',
      cause: error,
    });
  }
  return readEdgeConfig(file, text, env);
}

function summary(config: EdgeConfig): string {
  const tags = config.sources.reduce((total, source) => total + source.tags.length, 0);
  const uplink = config.uplink === undefined ? 'no uplink (needed to run)' : `uplink ${config.uplink.url}`;
  // As much of it as the pages show.
  const version = configurationVersion(config).slice(0, 8);
  return `gateway ${config.gateway.name}, ${config.sources.length} sources, ${tags} tags, ${uplink}, configuration ${version}`;
}
