import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { User } from './api-shapes.ts';
import { type Command, type CommandSettings, isOpen } from './command-shapes.ts';
import { useSession } from './session.tsx';
import type { Tag } from './signal-catalogue.ts';

/** So often a command that is under way is looked at. */
const lookMs = 500;

/** Tags the reader may write, by id; empty for whoever may write none. */
export const WritableContext = createContext<ReadonlyMap<string, Tag>>(new Map());

export function useWritable(tagId: string): Tag | undefined {
  return useContext(WritableContext).get(tagId);
}

/** Whoever writes must also see what becomes of it. */
export function mayWrite({ permissions }: User): boolean {
  return permissions.includes('commands:request') && permissions.includes('commands:read');
}

export function writableAmong(tags: readonly Tag[]): ReadonlyMap<string, Tag> {
  return new Map(tags.filter(({ writable }) => writable !== null).map((tag) => [tag.id, tag]));
}

export function useWritableTags(token: string, user: User) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['writable-tags', token],
    queryFn: async () => writableAmong((await api.get<{ items: Tag[] }>('/tags?writable=true&limit=10000')).items),
    enabled: mayWrite(user) && user.permissions.includes('tags:read'),
    staleTime: 60_000,
  });
}

/** A command until it has ended. */
export function useCommand(asked: Command) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['command', asked.id],
    queryFn: () => api.get<Command>(`/commands/${asked.id}`),
    initialData: asked,
    refetchInterval: ({ state }) => (state.data !== undefined && isOpen(state.data) ? lookMs : false),
  });
}

export function useCommandSettings() {
  const { api } = useSession();
  return useQuery({
    queryKey: ['command-settings'],
    queryFn: () => api.get<CommandSettings>('/command-settings'),
  });
}

/** Also where the page came over plain HTTP and `crypto.randomUUID` is missing. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
