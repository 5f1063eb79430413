import { Command, Option } from 'commander';
import type { Language } from './commissioning/dialogue.ts';

/** What stands on the command line of `gongfu-edge assist`. */
export interface AssistFlags {
  readonly config?: string;
  readonly source?: string;
  readonly host?: string;
  readonly port?: number;
  readonly unit?: number;
  readonly serial?: string;
  readonly baud?: number;
  readonly parity?: string;
  readonly framing?: string;
  readonly timeout?: string;
  readonly registersMax?: number;
  readonly illegal?: readonly string[];
  readonly from: readonly string[];
  readonly count: number;
  readonly panel?: string;
  readonly images?: string;
  readonly record?: string;
  readonly for?: string;
  readonly write?: string;
  readonly report: string;
  readonly gateway?: string;
  readonly language?: Language;
  readonly acceptLikely?: boolean;
}

/** `gongfu-edge assist` with all it may be told. */
export function assistCommand(run: (flags: AssistFlags) => Promise<void>): Command {
  return new Command('assist')
    .description('find out what lies in the registers of a machine from what its panel shows; reads only')
    .option('-c, --config <file>', 'read a source of this configuration, instead of --host or --serial')
    .option('--source <name>', 'name of the source')
    .option('--host <address>', 'of the machine, Modbus TCP')
    .option('--port <number>', 'of the machine', Number)
    .option('--unit <id>', 'unit id', Number)
    .option('--serial <path>', 'serial line, as /dev/ttyUSB0')
    .option('--baud <number>', 'of the serial line', Number)
    .addOption(new Option('--parity <parity>', 'of the serial line').choices(['none', 'even', 'odd']))
    .addOption(new Option('--framing <framing>', 'of the messages').choices(['tcp', 'rtu', 'ascii']))
    .option('--timeout <duration>', 'longest wait for an answer')
    .option('--registers-max <number>', 'most registers in one request', Number)
    .option('--illegal <range...>', 'never read this, as holding:100..199')
    .option('--from <address...>', 'where the window begins: holding:0, 400001, input:0; several may follow', [
      'holding:0',
    ])
    .option('--count <number>', 'registers of each window', Number, 200)
    .option('--panel <file>', 'what the panel showed, as a file; otherwise it is asked for')
    .option('--record <file>', 'keep the registers that were read')
    .option('--for <duration>', 'with --record: read for so long, then end')
    .option('--images <file>', 'registers kept by --record, instead of reading now')
    .option('--write <file>', 'configuration the source goes into; otherwise it is written to standard output')
    .option('--report <file>', 'acceptance report, with the same as .json beside it', 'acceptance.html')
    .option('--gateway <name>', 'for the report and a new configuration')
    .option('--accept-likely', 'take also what fits but may be chance')
    .addOption(
      new Option('--language <language>', 'of the dialogue; that of the system unless told').choices(['zh', 'en']),
    )
    .action(run);
}
