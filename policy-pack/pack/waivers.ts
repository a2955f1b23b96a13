import type { SettingSchema } from "./policy";

/** A violation that somebody answers for, for a while; in the environment's file, below its policy. */
export interface Waiver {
  /** `Kind/namespace/name`, `Kind/name`, or `stack` for a violation of the whole stack. */
  resource: string;
  reason: string;
  /** Who answers for it. */
  owner: string;
  /** Last day, as YYYY-MM-DD. */
  expires: string;
}

export const WAIVERS_KEY = "waivers";

/** Every policy has this setting; the Pulumi CLI refuses a waiver that lacks a part. */
export const WAIVERS_SCHEMA: SettingSchema = {
  type: "array",
  description: "Violations to let pass until a date.",
  default: [],
  items: {
    type: "object",
    additionalProperties: false,
    required: ["resource", "reason", "owner", "expires"],
    properties: {
      resource: { type: "string", minLength: 1 },
      reason: { type: "string", minLength: 10 },
      owner: { type: "string", minLength: 2 },
      expires: { type: "string", pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$" },
    },
  },
};

/** What waivers say of one resource on a day (YYYY-MM-DD, in UTC). */
export function findWaiver(
  waivers: readonly Waiver[],
  resource: string,
  today: string,
): { waiver: Waiver; expired: boolean } | undefined {
  const matching = waivers.filter((waiver) => waiver.resource === resource);
  const valid = matching.find((waiver) => waiver.expires >= today);
  const waiver = valid ?? matching[0];
  return waiver && { waiver, expired: valid === undefined };
}
