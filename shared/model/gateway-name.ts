/** What a gateway may be called, at the gateway and in the cloud alike: it stands in addresses, file names and logs. */
export const gatewayNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
