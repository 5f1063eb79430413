import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecommissionRecord } from './record.ts';

/** What is known when everything is gone; the JSON file is this, the text the same for people. */
export interface Certificate extends Omit<DecommissionRecord, 'files'> {
  readonly kind: 'gongfu-decommission-certificate';
  readonly agentVersion: string;
  readonly host: string;
  readonly folder: string;
  readonly finishedAt: number;
  readonly removed: DecommissionRecord['files'];
  /** Files outside of the folder this program did not touch. */
  readonly leftAlone: readonly string[];
}

/** Writes both files, durable, and returns their paths. The same decommissioning writes the same names. */
export function writeCertificate(folder: string, certificate: Certificate): { text: string; files: string[] } {
  const day = new Date(certificate.begunAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const base = join(folder, `decommission-${certificate.gateway.name}-${day}`);
  const text = certificateText(certificate);
  writeFileSync(`${base}.txt`, text, { flush: true });
  writeFileSync(`${base}.json`, `${JSON.stringify(certificate, null, 2)}\n`, { flush: true });
  return { text, files: [`${base}.txt`, `${base}.json`] };
}

function certificateText(certificate: Certificate): string {
  const { gateway, begunAt, finishedAt, cloudUrl, removed, leftAlone } = certificate;
  const overwritten = removed.filter(({ overwrite }) => overwrite).length;
  const lines = [
    '停用证书 · Certificate of decommission',
    '',
    `网关 Gateway           ${gateway.name}${gateway.id === null ? '' : `, id ${gateway.id}, tenant ${gateway.tenantId}`}`,
    `公钥 Key (SHA-256)     ${gateway.keySha256 ?? '未读到 not read'}`,
    `主机 Host              ${certificate.host}`,
    `程序 Program           gongfu-edge ${certificate.agentVersion}`,
    `目录 Folder            ${certificate.folder}`,
    `开始 Begun             ${time(begunAt)}`,
    `结束 Finished          ${time(finishedAt)}`,
    '',
    `云端 Cloud             ${cloudUrl ?? '未配置 none configured'}`,
    ...revocationLines(certificate).map((line) => `  ${line}`),
    '',
    '样本 Samples',
    ...lossLines(certificate).map((line) => `  ${line}`),
    '',
    `已删除 ${removed.length} 个文件，其中 ${overwritten} 个先以随机数据覆盖 · Removed ${removed.length} files, ${overwritten} of them overwritten with random bytes before:`,
    ...removed.map(({ path, bytes, overwrite }) => `  ${overwrite ? '*' : ' '} ${path}  ${bytes} B`),
    '  * 已覆盖 overwritten',
    '',
    '复查：目录中已无任何内容 · Looked at again: nothing is left in the folder',
    '',
    '未触及，请自行处理 · Left alone, for you to see to:',
    ...leftAlone.map((file) => `  ${file}`),
    '',
    '不能保证 · What this does not promise',
    '  覆盖在闪存（eMMC、SD 卡、SSD）以及写时复制或日志型文件系统上不能保证旧数据块已消失；',
    '  备份、快照和本目录的其他副本不在其内。需要更高保证时，请销毁存储介质或使用整盘加密并丢弃密钥。',
    '  On flash (eMMC, SD cards, SSD) and on file systems that copy or journal, overwriting cannot promise that the old',
    '  blocks are gone; backups, snapshots and other copies of the folder are not reached. Where that matters destroy the',
    '  medium, or encrypt the whole disk and throw its key away. The key is of no use once the cloud refuses it (above).',
    '',
  ];
  return lines.join('\n');
}

function revocationLines({ revocation, gateway }: Certificate): string[] {
  if (revocation === null || revocation.outcome === 'not-enrolled')
    return ['未注册，无可吊销 · never enrolled: nothing to revoke'];
  const { outcome, refusedAs, detail, at } = revocation;
  const open = `请在云端吊销 · revoke it there: DELETE /api/v1/gateways/${gateway.id ?? '{id}'}`;
  if (outcome === 'not-told') return [`!! 未能通知云端 · the cloud was not told: ${detail}`, `!! ${open}`];
  const revoked =
    outcome === 'revoked'
      ? '云端已吊销该密钥 · the cloud has revoked the key'
      : '该密钥此前已被吊销 · the key had been revoked before';
  return [
    `${revoked} (${time(at)})`,
    refusedAs === null
      ? `!! 未证实旧密钥被拒绝 · not proved that the old key is refused: ${detail}`
      : `已证实：以旧密钥连接被拒绝 · proved: a connection with the old key is refused [${refusedAs}]`,
  ];
}

function lossLines({ lost }: Certificate): string[] {
  if (lost === null) return ['云端已收到全部 · the cloud has acknowledged everything'];
  const { samples, gaps, conditions, fromTime, toTime, fault } = lost;
  if (fault !== undefined)
    return [`!! 缓冲无法读取，数目未知 · the buffer could not be read (${fault}): how many were lost is unknown`];
  const span = fromTime === null || toTime === null ? '' : `  ${time(fromTime)} … ${time(toTime)}`;
  return [
    `!! 未送达而丢弃的样本 · samples given up that the cloud never had: ${samples}${span}`,
    `!! 未告知云端的缺口 · losses the cloud was not told of: ${gaps}`,
    ...(conditions === 0 ? [] : [`!! 未送达而丢弃的报警报告 · reports of alarms given up: ${conditions}`]),
  ];
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
