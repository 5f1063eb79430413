import type { TFunction } from 'i18next';

/** In the language of the page; a role this page does not know keeps its own name. */
export function roleName(t: TFunction, role: string): string {
  return t(`roles.names.${role as 'viewer'}`, { defaultValue: role });
}
