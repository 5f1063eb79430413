import type { LocalText } from '../model/asset.ts';
import type { PluginPage } from './page.ts';
import type { HostPermission } from './plugin-context.ts';

/** A JSON Schema (2020-12). `label` and `hint` are texts in both languages, `widget` is how the portal lets one enter it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Who a plugin is. The id is given here and nowhere else: addresses, records and texts follow it. */
export interface PluginManifest {
  /** Lower-case letters, digits and hyphens; unique in an installation. */
  readonly id: string;
  /** Semantic version of the plugin. */
  readonly version: string;
  /** Versions of this contract (`pluginContractVersion`) it works with, as a range of semantic versions: `^1.0.0`. */
  readonly host: string;
  readonly name: LocalText;
  readonly description: LocalText;
  readonly permissions: readonly HostPermission[];
}

export interface RouteDeclaration {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Under `/api/v1/plugins/<id>`: `/by-shift`. `/kpis` is taken. */
  readonly path: string;
  /** What the asking person must be allowed to: one of the platform's permissions. */
  readonly permission: string;
  readonly summary: string;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  readonly reply: JsonSchema;
}

/** After ISO 22400-1, clause 6: what every KPI has to tell about itself. */
export interface KpiDeclaration {
  readonly id: string;
  readonly name: LocalText;
  readonly description: LocalText;
  /** How it is computed, as people write it, with the standard it comes from. */
  readonly formula: string;
  /** Given out with every value: changes whenever the way of computing does. */
  readonly method: string;
  readonly unit: string;
  readonly trend: 'higher-is-better' | 'lower-is-better' | 'neither';
  readonly timing: 'on-demand' | 'periodic' | 'real-time';
  readonly audience: readonly ('operator' | 'supervisor' | 'manager')[];
}

export interface JobDeclaration {
  readonly id: string;
  /** Time from one start to the next, ms. Runs for every tenant that has the plugin on, never twice at once. */
  readonly everyMs: number;
}

/** A plugin without its code: all the host needs to mount it, as plain data. */
export interface PluginDeclaration {
  readonly manifest: PluginManifest;
  readonly settings: JsonSchema;
  readonly kpis: readonly KpiDeclaration[];
  readonly pages: readonly PluginPage[];
  readonly routes: readonly RouteDeclaration[];
  readonly jobs: readonly JobDeclaration[];
}
