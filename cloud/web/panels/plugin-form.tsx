import type { FormBlock } from '@gongfu/shared/sdk/page';
import { useQueryClient } from '@tanstack/react-query';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { PortalPlugin } from '../portal-shapes.ts';
import { useSession } from '../session.tsx';
import { SchemaCard } from './schema-card.tsx';

/** Sends what was entered to the plugin; what its pages show is asked for again afterwards. */
export function PluginForm(props: { block: FormBlock; plugin: PortalPlugin; assets: readonly Asset[] }) {
  const { block, plugin, assets } = props;
  const { name } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const schema = plugin.forms.find(({ target }) => target === block.target)?.schema ?? {};
  const send = async (value: unknown): Promise<void> => {
    await api.post(`/plugins/${plugin.id}${block.target}`, (value ?? {}) as object);
    await queries.invalidateQueries({ queryKey: ['plugin', plugin.id] });
  };
  return (
    <SchemaCard schema={schema} initial={undefined} assets={assets} submit={name(block.submit)} send={send} empties>
      <h2>{name(block.title)}</h2>
      {block.text !== undefined && <p className="quiet">{name(block.text)}</p>}
    </SchemaCard>
  );
}
