/** Levels of the equipment hierarchy, after IEC 62264-1 (ISA-95). */
export const assetLevels = ['enterprise', 'site', 'area', 'line', 'work-unit'] as const;
export type AssetLevel = (typeof assetLevels)[number];

/** What a tag means for its work unit. The KPI engine reads by role, never by tag name. */
export const tagRoles = [
  'state',
  'total-count',
  'good-count',
  'scrap-count',
  'cycle-time',
  'energy',
  'signal',
] as const;
export type TagRole = (typeof tagRoles)[number];

/** Text in both languages; every text a user sees has both. */
export interface LocalText {
  readonly zh: string;
  readonly en: string;
}
