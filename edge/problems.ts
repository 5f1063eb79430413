/** Every problem code of this program with one sentence a person understands. The codes are promises. */
export const problemCatalogue = {
  'tag-unusable': {
    zh: '配置的变量无法按该驱动的方式读取',
    en: 'A tag cannot be read by its driver as configured',
  },
  'opcua-node-address': {
    zh: 'OPC UA 节点地址的写法无法识别',
    en: 'A text is not an OPC UA node id',
  },
  'opcua-unreachable': {
    zh: '无法连接 OPC UA 服务器',
    en: 'The OPC UA server cannot be reached or used',
  },
  'opcua-server-untrusted': {
    zh: '本网关尚未信任该 OPC UA 服务器的证书',
    en: 'The certificate of the OPC UA server is not trusted by this gateway',
  },
  'opcua-gateway-untrusted': {
    zh: 'OPC UA 服务器拒绝了本网关的证书或安全检查',
    en: 'The OPC UA server refuses the certificate of this gateway or a security check',
  },
  'opcua-sign-in-refused': {
    zh: 'OPC UA 服务器拒绝了用户名或密码',
    en: 'The OPC UA server refuses user or password',
  },
  'opcua-server-full': {
    zh: 'OPC UA 服务器的会话已用完',
    en: 'The OPC UA server has no session left',
  },
  'opcua-security-refused': {
    zh: 'OPC UA 服务器不提供所选的安全策略',
    en: 'The OPC UA server offers no endpoint with the chosen security',
  },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
