/** True for the whole internet, in IPv4 or IPv6. */
export function isEverywhere(network: string): boolean {
  return /^(0\.0\.0\.0|::)\/0$/.test(network);
}
