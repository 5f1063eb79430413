import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { systemClock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { formatError } from '@gongfu/shared/config/problem-text';
import { withSecretFiles } from '@gongfu/shared/config/secret-files';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { Agent } from './agent.ts';
import { type AssistFlags, assistCommand } from './assist-options.ts';
import { holderOf } from './buffer/folder-lock.ts';
import { commandLines } from './commands/command-text.ts';
import { readJournal } from './commands/journal-file.ts';
import { driverFolder, type EdgeConfig, journalFile, readEdgeConfig, requireUplink } from './config.ts';
import { packReading, readApart } from './configuration/configuration-reading.ts';
import { askForReload } from './configuration/reload-command.ts';
import { configurationVersion } from './configuration-version.ts';
import type { DecommissionRequest } from './decommission/command.ts';
import { type OpcuaSource, readEndpoint } from './drivers/opcua/config.ts';
import { answerTrust } from './drivers/opcua/trust-command.ts';
import type { DriverId } from './drivers/registry.ts';
import { LocalPassword } from './health/local-password.ts';
import { LogMemory } from './health/log-memory.ts';
import { ServiceWatch } from './health/service-watch.ts';
import { planText, wireAddresses } from './plan-text.ts';
import { stopOnSignal } from './stop-signal.ts';
import { exportTags } from './tag-files/export-tags.ts';
import { readTagFile, replaceFile } from './tag-files/tag-file.ts';
import { writeCommand } from './write-on-terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('gongfu-edge')
  .description('Gongfu edge agent: reads PLCs and sensors, keeps every sample on disk until the cloud has it')
  .version(version);

/** With `NAME_FILE` for whatever is a secret; such a file is read each time it is asked for. */
const env = withSecretFiles(process.env, (file) => readFileSync(file, 'utf8'));

const configOption = ['-c, --config <file>', 'configuration file, YAML'] as const;

program
  .command('run')
  .description('read the sources and deliver to the cloud until stopped')
  .requiredOption(...configOption)
  .option('--code <code>', 'one-time code, at the first start')
  .action((options: { config: string; code?: string }) => run(options.config, options.code));

program
  .command('reload')
  .description('let the running agent read its configuration anew; sources that are as before lose no poll')
  .requiredOption(...configOption)
  .action((options: { config: string }) => reload(options.config));

program
  .command('read', { hidden: true })
  .description('read the configuration for the running agent, which goes on meanwhile')
  .requiredOption(...configOption)
  .option('--sources <file>', 'sources from the cloud, in place of its own')
  .action(async ({ config, sources }: { config: string; sources?: string }) => {
    const { withRemoteSources } = await import('./configuration/remote-sources.ts');
    const read = () =>
      sources === undefined ? load(config) : withRemoteSources(load(config), readFileSync(sources, 'utf8'), env);
    process.stdout.write(packReading(read));
  });

program
  .command('judge', { hidden: true })
  .description("judge for the assistant's page of the running agent, which goes on meanwhile")
  .requiredOption(...configOption)
  .action(async ({ config }: { config: string }) => {
    const { serveJudge } = await import('./assist-judge.ts');
    serveJudge({ file: config, env });
  });

program
  .command('check')
  .description('check the configuration and show the wire address of every tag; opens no connection')
  .requiredOption(...configOption)
  .action((options: { config: string }) => {
    const config = load(options.config);
    console.log([...wireAddresses(config), `OK: ${summary(config)}`].join('\n'));
  });

program
  .command('password')
  .description('set the password of the local page, asked for twice, or read from standard input')
  .requiredOption(...configOption)
  .action((options: { config: string }) => setPassword(options.config));

program
  .command('plan')
  .description('show the requests each source will be asked; opens no connection')
  .requiredOption(...configOption)
  .action((options: { config: string }) => console.log(planText(load(options.config)).join('\n')));

program
  .command('export')
  .description('write the tags of a source as a table for Excel, to standard output')
  .requiredOption(...configOption)
  .option('--source <name>', 'needed where there are several sources')
  .action((options: { config: string; source?: string }) => {
    process.stdout.write(exportTags({ ...configFile(options.config), source: options.source }));
  });

program
  .command('import <file>')
  .description(
    'turn a table of tags, or a file of Telegraf, ThingsBoard Gateway or Kepware, into sources; with -c into a configuration',
  )
  .option('-c, --config <file>', 'configuration the tags go into; nothing is written there without --write')
  .option('--source <name>', 'source the tags go into; otherwise what the file calls it, or its own name')
  .addOption(new Option('--driver <driver>', 'whose tags a table holds').choices(['modbus', 'opcua']))
  .option('--write', 'write the configuration; what it was stays beside it as .before')
  .action((file: string, options: ImportOptions) => importFile(file, options));

program
  .command('commands')
  .description('list the commands to write a tag, with what became of each; also while the agent runs')
  .requiredOption(...configOption)
  .option('--all', 'not only the newest fifty')
  .action((options: { config: string; all?: boolean }) => {
    const entries = [...readJournal(journalFile(load(options.config))).entries.values()];
    console.log(commandLines(options.all === true ? entries : entries.slice(-50)).join('\n') || 'no command yet');
  });

program
  .command('trust')
  .description('list the certificates of OPC UA servers, trust or refuse one; opens no connection')
  .argument('[thumbprint]', 'of the certificate to decide on; at least eight digits')
  .requiredOption(...configOption)
  .option('--refuse', 'turn it away instead of trusting it')
  .action((thumbprint: string | undefined, options: { config: string; refuse?: boolean }) => {
    const folder = join(driverFolder(load(options.config)), 'pki');
    const { refuse } = options;
    console.log(answerTrust({ folder, thumbprint, refuse, now: systemClock.now() }).join('\n'));
  });

program
  .command('browse <endpoint>')
  .description('list the variables of an OPC UA server as a source to paste, or as a table for Excel')
  .option('-c, --config <file>', 'a source there with this endpoint says how to sign in, and whom to trust')
  .addOption(
    new Option('--format <format>', 'of the list; plant: assets for the cloud, proposed from companion models')
      .choices(['yaml', 'csv', 'plant'])
      .default('yaml'),
  )
  .action((endpoint: string, options: BrowseOptions) => browse(endpoint, options));

program
  .command('decommission')
  .description('take this gateway out of service: revoke and erase its key, erase everything it keeps, certify it')
  .requiredOption(...configOption)
  .option('--yes', 'do it; without it nothing is changed')
  .option('--lose-samples', 'also when the cloud does not have all samples yet')
  .option('--certificate <folder>', 'where the certificate goes', '.')
  .action((options: Omit<DecommissionRequest, 'file'> & { config: string }) =>
    decommission({ ...options, file: options.config }),
  );

program.addCommand(assistCommand(assistInstaller));
program.addCommand(writeCommand({ env, load }));

// Not awaited: the single executable is one CommonJS file, which cannot wait at its top.
program.parseAsync().catch((error: unknown) => {
  console.error(formatError(error));
  process.exit(1);
});

async function run(file: string, codeArgument: string | undefined): Promise<void> {
  const config = load(file);
  const uplink = requireUplink(config, file);
  const code = codeArgument ?? (env.GONGFU_CODE || undefined) ?? uplink.code;
  const logMemory = new LogMemory();
  const { level } = config.log;
  const log = pino(
    { level, base: {} },
    pino.multistream([
      { level, stream: pino.destination({ dest: 2, sync: true }) },
      { level, stream: logMemory },
    ]),
  );
  const agent = new Agent({
    config,
    read: (sources) =>
      readApart([...ownCommand(), 'read', '-c', file, ...(sources === undefined ? [] : ['--sources', sources])]),
    judgeCommand: [...ownCommand(), 'judge', '-c', file],
    uplink: { ...uplink, code },
    version,
    clock: systemClock,
    random: Math.random,
    log,
    logMemory,
  });
  let started = Promise.resolve();
  // A start that fails is told below.
  process.on('SIGHUP', () => void started.then(() => agent.reload()).catch(() => {}));
  const watch = new ServiceWatch({
    socket: env.NOTIFY_SOCKET,
    watchdogUs: env.WATCHDOG_USEC,
    statusUrl: () => agent.statusUrl,
    clock: systemClock,
    log,
  });
  // What has half started cannot be stopped yet.
  const isStopping = stopOnSignal(async () => {
    await started.catch(() => {});
    await Promise.all([watch.stop(), agent.stop()]);
  });
  started = agent.start();
  await started;
  if (isStopping()) return;
  console.log(`running gateway=${config.gateway.name} status=${agent.statusUrl ?? '-'}`);
  await watch.start();
}

async function reload(file: string): Promise<void> {
  const config = load(file);
  const folder = config.buffer.path;
  const running = await askForReload({ folder, agentPid: holderOf(folder), now: Date.now });
  const checked = configurationVersion(config);
  console.log(`reloaded: ${summary(config)}`);
  if (running !== checked)
    console.error(`the agent reads another file than ${file}: configuration ${running.slice(0, 8)} runs now`);
}

async function setPassword(file: string): Promise<void> {
  const config = load(file);
  const { askPassword } = await import('./health/password-prompt.ts');
  const password = await askPassword(process.stdin, process.stderr);
  await new LocalPassword({ folder: config.buffer.path }).set(password);
  console.log(`the local page of ${config.gateway.name} asks for this password from now on`);
}

interface BrowseOptions {
  readonly config?: string;
  readonly format: 'csv' | 'yaml' | 'plant';
}

async function browse(endpoint: string, options: BrowseOptions): Promise<void> {
  const config = options.config === undefined ? undefined : load(options.config);
  const known = config?.sources.find(
    ({ driver, settings }) => driver === 'opcua' && (settings as OpcuaSource).endpoint === endpoint,
  );
  const source = known === undefined ? readEndpoint(endpoint) : (known.settings as OpcuaSource);
  const temporary = config === undefined ? mkdtempSync(join(tmpdir(), 'gongfu-browse-')) : undefined;
  const folder = join(config === undefined ? temporary! : driverFolder(config), 'pki');
  try {
    // The client costs time and memory, so it is loaded only here.
    const { answerBrowse } = await import('./drivers/opcua/browse-command.ts');
    const gateway = config?.gateway.name ?? 'my-gateway';
    process.stdout.write(await answerBrowse({ source, folder, format: options.format, gateway }));
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

async function decommission(request: DecommissionRequest): Promise<void> {
  const { answerDecommission } = await import('./decommission/command.ts');
  const { deliverLast } = await import('./last-delivery.ts');
  const config = load(request.file);
  const own = { version, clock: systemClock, random: Math.random };
  await answerDecommission(config, request, {
    ...own,
    print: (line) => console.log(line),
    deliver: async () => {
      if (config.uplink !== undefined) await deliverLast({ ...own, config, uplink: config.uplink, patienceMs: 15_000 });
    },
  });
}

async function assistInstaller(flags: AssistFlags): Promise<void> {
  // Decoders of every kind and a report, of which a running gateway needs none.
  const [{ assist }, { Keyboard }] = await Promise.all([import('./assist-command.ts'), import('./terminal.ts')]);
  const terminal = new Keyboard({ input: process.stdin, output: process.stderr, clock: systemClock });
  try {
    const print = (text: string) => void process.stdout.write(text);
    await assist(flags, { env, clock: systemClock, random: Math.random, terminal, print });
  } finally {
    terminal.close();
  }
}

interface ImportOptions {
  readonly config?: string;
  readonly source?: string;
  readonly driver?: DriverId;
  readonly write?: boolean;
}

async function importFile(file: string, { config, source, driver, write = false }: ImportOptions): Promise<void> {
  // Readers of many formats, of which a running gateway needs none.
  const { importTags } = await import('./tag-files/import-tags.ts');
  const before = config === undefined ? undefined : configFile(config);
  const bytes = readTagFile(file);
  const { shown, merged, warnings } = importTags({ file, bytes, source, driver, config: before });
  process.stdout.write(shown);
  for (const { where, what } of warnings) console.error(`${where}  ${what}`);
  if (before === undefined || merged === undefined || !write) return;
  if (shown !== '') replaceFile(before.file, before.text, merged);
  console.error(shown === '' ? `${before.file} has all of it already` : `${before.file} is written`);
}

/** How this program is started once more; a single executable is its own script. */
function ownCommand(): string[] {
  return isSea() ? [process.execPath] : [process.execPath, process.argv[1]!];
}

function load(file: string): EdgeConfig {
  return readEdgeConfig(file, configFile(file).text, env);
}

function configFile(file: string): { file: string; text: string; env: typeof env } {
  try {
    return { file, text: readFileSync(file, 'utf8'), env };
  } catch (error) {
    throw new Problem({
      code: 'config-unreadable',
      detail: `the configuration file ${file} cannot be read: ${messageOf(error)}`,
      advice: 'Check the path given with -c.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function summary(config: EdgeConfig): string {
  const tags = config.sources.reduce((total, source) => total + source.tags.length, 0);
  const uplink = config.uplink === undefined ? 'no uplink (needed to run)' : `uplink ${config.uplink.url}`;
  // As much of it as the pages show.
  const version = configurationVersion(config).slice(0, 8);
  return `gateway ${config.gateway.name}, ${config.sources.length} sources, ${tags} tags, ${uplink}, configuration ${version}`;
}
