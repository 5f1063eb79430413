import type { JsonSchema, PluginDeclaration } from '@gongfu/shared/sdk/plugin-declaration';

/** What the administrator of a tenant is told of one folder of plugins. */
export interface InstalledPlugin {
  /** Of the manifest; the folder's name where the plugin could not be used. */
  readonly id: string;
  /** `faulty` is the same for all tenants: the plugin was left out, the platform runs on. */
  readonly state: 'on' | 'off' | 'faulty';
  readonly declaration: PluginDeclaration | undefined;
  /** Why it is faulty, or what of its settings no longer fits. */
  readonly faults: readonly string[];
}

export interface PluginSettings {
  readonly schema: JsonSchema;
  /** With what was left out filled in; the defaults where the kept ones no longer fit. */
  readonly value: unknown;
  readonly faults: readonly string[];
}

/** Which plugins there are and how a tenant has them set. @throws Problem `plugin-unknown` */
export interface PluginDirectory {
  installed(tenantId: string): Promise<InstalledPlugin[]>;
  settings(tenantId: string, pluginId: string): Promise<PluginSettings>;
  /** @throws Problem `request-invalid` that names every wrong place; nothing is kept then */
  changeSettings(tenantId: string, pluginId: string, value: unknown): Promise<PluginSettings>;
  turn(tenantId: string, pluginId: string, on: boolean): Promise<void>;
}
