import type { LocalText } from '@gongfu/shared/model/asset';
import type { PluginPage } from '@gongfu/shared/sdk/page';

/** A plugin as the portal is told of it: only what the asking person may see and do. */
export interface PortalPlugin {
  readonly id: string;
  readonly state: 'on' | 'off' | 'faulty';
  readonly version: string;
  readonly name: LocalText | null;
  readonly description: LocalText | null;
  readonly permissions: readonly string[];
  readonly pages: readonly PluginPage[];
  readonly forms: readonly { readonly target: string; readonly schema: FormSchema }[];
  readonly faults: readonly string[];
}

/** As the platform knows them. */
export const serviceCategories = [
  'policy',
  'finance',
  'talent',
  'market',
  'management',
  'digital',
  'green',
  'testing',
  'standards',
  'property',
  'equipment',
] as const;
export type ServiceCategory = (typeof serviceCategories)[number];

export interface PortalItem {
  readonly id: string;
  readonly kind: 'notice' | 'service';
  readonly title: LocalText;
  readonly text: LocalText;
  readonly category: string;
  /** '' where there is none. */
  readonly link: string;
  readonly until: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface PluginSettings {
  readonly schema: FormSchema;
  readonly value: unknown;
  readonly faults: readonly string[];
}

/** The part of JSON Schema that a form is made of; `label`, `hint` and `widget` are ours. */
export interface FormSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly required?: readonly string[];
  readonly items?: FormSchema;
  readonly anyOf?: readonly FormSchema[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly label?: LocalText;
  readonly hint?: LocalText;
  readonly widget?: 'asset' | 'tag' | 'time';
  readonly levels?: readonly string[];
}
