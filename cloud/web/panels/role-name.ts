import type { TFunction } from 'i18next';

/** In the language of the page; a role this page does not know keeps its own name. */
export function roleName(t: TFunction, role: string): string {
  return t(`roles.names.${role as 'viewer'}`, { defaultValue: role });
}

/** What a permission allows, in words. */
export function rightName(t: TFunction, permission: string): string {
  // A colon has a meaning of its own in the names of texts.
  return t(`roles.may.${permission.replace(':', '-') as 'users-manage'}`, { defaultValue: permission });
}
