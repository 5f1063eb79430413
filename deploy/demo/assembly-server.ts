import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes, VariantArrayType } from 'node-opcua-client';
import { OPCUAServer, type OPCUAServerOptions } from 'node-opcua-server';
import { type AssemblySignal, assemblyNamespace } from './assembly-signals.ts';
import type { PlantValue } from './register-image.ts';

type CertificateKeeper = NonNullable<OPCUAServerOptions['serverCertificateManager']>;

// The class is only found from inside the server's own dependencies.
const serverRequire = createRequire(createRequire(import.meta.url).resolve('node-opcua-server'));
const { OPCUACertificateManager } = serverRequire('node-opcua-certificate-manager') as {
  OPCUACertificateManager: new (options: object) => CertificateKeeper;
};

type Space = NonNullable<OPCUAServer['engine']['addressSpace']>;
type Variable = ReturnType<ReturnType<Space['getOwnNamespace']>['addVariable']>;

interface Shown {
  readonly signal: AssemblySignal;
  readonly variable: Variable;
  value: PlantValue;
}

/** Shows the signals of line 2 to OPC UA clients and pushes each change with the time it happened at. */
export class AssemblyServer implements Part {
  readonly #server: OPCUAServer;
  readonly #signals: readonly AssemblySignal[];
  readonly #shown: Shown[] = [];
  readonly #bad = new Set<string>();

  constructor(options: { signals: readonly AssemblySignal[]; port: number; pki: string }) {
    this.#signals = options.signals;
    this.#server = new OPCUAServer({
      port: options.port,
      host: '127.0.0.1',
      hostname: '127.0.0.1',
      resourcePath: '',
      securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
      securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
      allowAnonymous: true,
      // The demonstration trusts whoever comes over the loopback; a plant would not.
      serverCertificateManager: keeper(join(options.pki, 'server')),
      userCertificateManager: keeper(join(options.pki, 'users')),
      serverInfo: { applicationUri: 'urn:gongfu:demo:assembly', productUri: 'urn:gongfu:demo' },
      buildInfo: { productName: 'Gongfu demonstration plant, line 2' },
      // 0: a client that asks for every change gets every change.
      serverCapabilities: { minSupportedSampleRate: 0 },
    });
  }

  get port(): number {
    return this.#server.endpoints[0]?.port ?? 0;
  }

  async start(): Promise<void> {
    await this.#server.initialize();
    this.#build();
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server.shutdown(0);
  }

  /** Pushes what differs from what was pushed last. @param wallMs UTC epoch ms at which it came about. */
  publish(wallMs: number): void {
    for (const shown of this.#shown) {
      const value = shown.signal.read();
      if (value === shown.value) continue;
      shown.value = value;
      this.#push(shown, wallMs);
    }
  }

  /** Marks the signals of these names bad, all others good again. False when a name is unknown. */
  setBad(names: readonly string[], wallMs: number): boolean {
    if (names.some((name) => !this.#signals.some((signal) => signal.name === name))) return false;
    const touched = new Set([...this.#bad, ...names]);
    this.#bad.clear();
    for (const name of names) this.#bad.add(name);
    for (const shown of this.#shown) if (touched.has(shown.signal.name)) this.#push(shown, wallMs);
    return true;
  }

  #build(): void {
    const space = this.#server.engine.addressSpace;
    if (space === null) throw new Error('The OPC UA server has no address space after its initialisation.');
    const namespace = space.registerNamespace(assemblyNamespace);
    const root = namespace.addFolder(space.rootFolder.objects, { browseName: 'Assembly', nodeId: 's=Assembly' });
    const objects = new Map<string, ReturnType<typeof namespace.addObject>>();
    for (const signal of this.#signals) {
      const [objectName = '', browseName = ''] = signal.identifier.split('.');
      const object =
        objects.get(objectName) ??
        namespace.addObject({ organizedBy: root, browseName: objectName, nodeId: `s=${objectName}` });
      objects.set(objectName, object);
      const dataType = signal.dataType;
      const variable = namespace.addVariable({
        componentOf: object,
        browseName,
        nodeId: `s=${signal.identifier}`,
        dataType,
        accessLevel: 'CurrentRead',
        userAccessLevel: 'CurrentRead',
        minimumSamplingInterval: 0,
      });
      const shown: Shown = { signal, variable, value: signal.read() };
      this.#shown.push(shown);
      this.#push(shown, Date.now());
    }
  }

  #push({ signal, variable, value }: Shown, wallMs: number): void {
    const status = this.#bad.has(signal.name) ? StatusCodes.BadDeviceFailure : StatusCodes.Good;
    variable.setValueFromSource(
      { dataType: DataType[signal.dataType], arrayType: VariantArrayType.Scalar, value: variantValue(value) },
      status,
      new Date(wallMs),
    );
  }
}

/** node-opcua takes a 64-bit integer as its two halves, the high one first. */
function variantValue(value: PlantValue): unknown {
  if (typeof value !== 'bigint') return value;
  const bits = BigInt.asUintN(64, value);
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}

function keeper(rootFolder: string): CertificateKeeper {
  return new OPCUACertificateManager({
    rootFolder,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
}
