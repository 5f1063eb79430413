import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { durationSchema } from '@gongfu/shared/config/duration';
import { loadConfig } from '@gongfu/shared/config/load';
import { formatError } from '@gongfu/shared/config/problem-text';
import { withSecretFiles } from '@gongfu/shared/config/secret-files';
import { Command, InvalidArgumentError, Option } from 'commander';
import { destination, pino } from 'pino';
import { Audit } from './access/audit.ts';
import { resetPassword } from './access/password-reset.ts';
import { plantModelSchema } from './assets/plant-model.ts';
import { requestBackup } from './backup/backup-door.ts';
import { loadCloudConfig } from './config.ts';
import { limitHeapGrowth } from './heap-growth.ts';
import { nothingToMove } from './migrate/migration-problems.ts';
import { CloudService } from './service.ts';
import { historyStore, openRecords } from './stores.ts';

/** The program `gongfu-cloud`: arguments, signals and exit codes; everything else is the service. */
const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version;

const program = new Command('gongfu-cloud')
  .description('Gongfu cloud service: history, KPIs, live dashboards')
  .version(version);

program
  .command('run', { isDefault: true })
  .description('run the service until SIGINT or SIGTERM')
  .option('-c, --config <file>', 'YAML configuration; without it everything has its default')
  .action((options: { config?: string }) => run(options.config));

program
  .command('reset-password')
  .description('give a user a new random password, printed once; for an installation nobody can sign in to')
  .requiredOption('--user <name>', 'who gets it')
  .option('--second-factor', 'take the second step of the sign-in away too')
  .option('-c, --config <file>', 'YAML configuration of the service')
  .action((options: { user: string; secondFactor?: boolean; config?: string }) => resetUser(options));

program
  .command('export-day')
  .description('write all samples of a day that is over (UTC) into a Parquet file; the service may be running')
  .requiredOption('--day <date>', 'as 2026-11-25')
  .requiredOption('--out <file>', 'the Parquet file')
  .option('-c, --config <file>', 'YAML configuration of the service')
  .action((options: { day: string; out: string; config?: string }) => exportSamples(options));

program
  .command('backup')
  .description('write a copy of the embedded stores into a folder that is not there yet; the service has to be running')
  .argument('<folder>', 'on the machine of the service, as its user may write it')
  .option('-c, --config <file>', 'YAML configuration of the service')
  .action((folder: string, options: { config?: string }) => takeBackup(folder, options.config));

/** With `NAME_FILE` for whatever is a secret. */
const env = withSecretFiles(process.env, (file) => readFileSync(file, 'utf8'));

program
  .command('migrate')
  .description(
    'move history and records between the embedded stores and InfluxDB or MongoDB; the service must be stopped',
  )
  .addOption(new Option('--to <stores>', 'where to').choices(['servers', 'embedded']).makeOptionMandatory())
  .option('-c, --config <file>', 'YAML configuration of the service')
  .option('--leave-rollups', 'leave behind roll-ups that are kept longer than their samples')
  .addOption(
    new Option('--patience <duration>', 'how long a server that is away is waited for, each time, before the move ends')
      .default(600_000, '10m')
      .argParser(durationOf),
  )
  .action((options: MoveOptions) => moveStores(options));

await program.parseAsync();

async function run(configFile: string | undefined): Promise<void> {
  try {
    const file = configFile ?? 'defaults';
    const config = loadCloudConfig({ file, text: configFile === undefined ? '' : read(configFile), env });
    const plant =
      config.plant === undefined
        ? undefined
        : loadConfig({ file: config.plant.file, text: read(config.plant.file), schema: plantModelSchema, env });
    const log = pino({ name: 'gongfu-cloud', level: config.log.level }, destination(2));
    const service = new CloudService({ config, plant, log, clock: systemClock, random: Math.random, env, version });
    const { url, firstAdministrator } = await service.start();
    limitHeapGrowth();
    if (firstAdministrator !== undefined) {
      console.log(`first administrator user=${firstAdministrator.name} password=${firstAdministrator.password}`);
    }
    console.log(`listening ${url}`);
    stopWhenAsked(service);
  } catch (error) {
    console.error(formatError(error));
    process.exit(1);
  }
}

/** With the embedded records the service must be stopped: one process has the folder. */
async function resetUser(options: { user: string; secondFactor?: boolean; config?: string }): Promise<void> {
  const { user: name, secondFactor = false, config: configFile } = options;
  try {
    const file = configFile ?? 'defaults';
    const config = loadCloudConfig({ file, text: configFile === undefined ? '' : read(configFile), env });
    const log = pino({ name: 'gongfu-cloud', level: config.log.level }, destination(2));
    const records = await openRecords({ config, env, log });
    try {
      const { user, password } = await resetPassword({ records, name, mustChange: false });
      // A token without its session opens nothing; it goes when it has expired.
      await records.sessions.deleteMany({ userId: user._id });
      if (secondFactor) await records.secondFactors.deleteOne({ _id: user._id });
      await new Audit({ records, clock: systemClock, log }).note({
        tenantId: user.tenantId,
        actor: { kind: 'unknown', id: '', name: 'gongfu-cloud reset-password' },
        action: 'password-reset',
        object: user.name,
        outcome: 'done',
        address: '',
        detail: secondFactor ? 'second-factor-reset' : '',
      });
      console.log(`user=${user.name} password=${password}`);
    } finally {
      await records.close();
    }
  } catch (error) {
    console.error(formatError(error));
    process.exit(1);
  }
}

async function exportSamples(options: { day: string; out: string; config?: string }): Promise<void> {
  const { day, out, config: configFile } = options;
  try {
    const file = configFile ?? 'defaults';
    const config = loadCloudConfig({ file, text: configFile === undefined ? '' : read(configFile), env });
    // DuckDB is loaded for this alone: in the service it runs in a process of its own.
    const { exportDay } = await import('./history/duckdb/day-export.ts');
    const samples = await exportDay({ folder: join(config.data.path, 'history'), day, file: resolve(out) });
    console.log(`samples=${samples} file=${out}`);
  } catch (error) {
    console.error(formatError(error));
    process.exit(1);
  }
}

interface MoveOptions {
  readonly to: 'servers' | 'embedded';
  readonly config?: string;
  readonly leaveRollups?: boolean;
  readonly patience: number;
}

/** What is configured as a server is moved, in either direction; of the rest both sides are the embedded store. */
async function moveStores(options: MoveOptions): Promise<void> {
  const { to, config: configFile, leaveRollups: leavesRollups = false, patience: patienceMs } = options;
  try {
    const file = configFile ?? 'defaults';
    const config = loadCloudConfig({ file, text: configFile === undefined ? '' : read(configFile), env });
    const log = pino({ name: 'gongfu-cloud', level: config.log.level }, destination(2));
    if (config.history.influx === undefined && !env.MONGODB_URI) throw nothingToMove();
    const { influx: _, ...embeddedHistory } = config.history;
    const parts = { log, clock: systemClock, random: Math.random };
    const stores = {
      embedded: { config: { ...config, history: embeddedHistory }, env: {}, ...parts },
      servers: { config, env, ...parts },
    };
    const [from, into] = to === 'servers' ? [stores.embedded, stores.servers] : [stores.servers, stores.embedded];
    const records = await openRecords(from);
    const targetRecords = env.MONGODB_URI ? await openRecords(into) : undefined;
    const history =
      config.history.influx === undefined
        ? undefined
        : { source: await historyStore(from), target: await historyStore(into) };
    try {
      await history?.source.start();
      await history?.target.start();
      const told = { say: (line: string) => console.log(line), warn: (line: string) => console.error(line) };
      const { clock, random } = parts;
      const { migrate } = await import('./migrate/migration.ts');
      await migrate({ records, targetRecords, history, leavesRollups, clock, random, patienceMs, ...told });
    } finally {
      await history?.target.stop();
      await history?.source.stop();
      await targetRecords?.close();
      await records.close();
    }
  } catch (error) {
    console.error(formatError(error));
    process.exit(1);
  }
}

async function takeBackup(folder: string, configFile: string | undefined): Promise<void> {
  try {
    const text = configFile === undefined ? '' : read(configFile);
    const config = loadCloudConfig({ file: configFile ?? 'defaults', text, env });
    const { takenAt, parts } = await requestBackup(config.data.path, resolve(folder));
    console.log(`backup=${resolve(folder)} taken=${takenAt} parts=${parts.join(',')}`);
  } catch (error) {
    console.error(formatError(error));
    process.exit(1);
  }
}

/** In ms. */
function durationOf(text: string): number {
  const { data, error } = durationSchema.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError(error?.issues[0]?.message ?? '');
  return data;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem({
      code: 'config-unreadable',
      detail: `${file} cannot be read: ${messageOf(error)}`,
      advice: 'Check the path given with -c (or plant.file) and its permissions.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function stopWhenAsked(service: CloudService): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    try {
      await service.stop();
      process.exit(0);
    } catch (error) {
      console.error(formatError(error));
      process.exit(1);
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Started by another program over IPC: never outlive it.
  if (process.send !== undefined) process.on('disconnect', stop);
}
