import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import type { EdgeConfig } from '../config.ts';
import { CloudTrust } from '../uplink/cloud-trust.ts';
import { giveUpKey } from '../uplink/revocation.ts';
import { decommission } from './decommission.ts';

export interface DecommissionRequest {
  /** The configuration file. */
  readonly file: string;
  readonly yes?: boolean;
  readonly loseSamples?: boolean;
  /** Folder the certificate goes to. */
  readonly certificate: string;
}

/** `gongfu-edge decommission`: prints what is done, then the certificate. @throws Problem as `decommission` */
export async function answerDecommission(
  config: EdgeConfig,
  { file, yes = false, loseSamples = false, certificate }: DecommissionRequest,
  parts: {
    version: string;
    clock: Clock;
    random: () => number;
    print: (line: string) => void;
    deliver: () => Promise<void>;
  },
): Promise<void> {
  const { uplink, buffer, gateway } = config;
  const { version: agentVersion, clock, random, print } = parts;
  const written = await decommission({
    gatewayName: gateway.name,
    folder: buffer.path,
    cloudUrl: uplink?.url,
    deliver: parts.deliver,
    giveUpKey: async (key) => {
      const { url, ca: caFile, cloudKeys, pinCloudKey } = uplink!;
      return giveUpKey({ ...key, url, trust: new CloudTrust({ url, caFile, cloudKeys, pinCloudKey }), clock, random });
    },
    confirmed: yes,
    loseSamples,
    certificateFolder: certificate,
    leftAlone: filesOutside(config, file),
    agentVersion,
    host: hostname(),
    clock,
    onStep: print,
  });
  if (written === undefined) print(`${buffer.path} holds nothing of a gateway: never used, or decommissioned before`);
  else print(['', written.text, ...written.files].join('\n'));
}

/** What the configuration names and others may use too; it may hold secrets itself. */
function filesOutside({ uplink, sources }: EdgeConfig, file: string): string[] {
  const named = sources.flatMap(({ settings }) => {
    const { userKey, userCertificate } = settings as { userKey?: string; userCertificate?: string };
    return [userKey, userCertificate];
  });
  const files = [file, uplink?.ca, ...named].filter((path) => path !== undefined);
  return [...new Set(files.map((path) => resolve(path)))];
}
