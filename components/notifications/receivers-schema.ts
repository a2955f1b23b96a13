import { z } from "zod";
import { dnsLabel, httpsUrl, secretRef } from "../core/config/value-schemas";

const ADDRESS = /^[\w.+-]+@[A-Za-z0-9]([\w-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([\w-]*[A-Za-z0-9])?)+$/;
const address = z.string().max(254).regex(ADDRESS, "an e-mail address");

const slackSchema = z.strictObject({
  secretRef: secretRef("Secret with the URL of an incoming webhook.", "url"),
  channel: z
    .string()
    .regex(
      /^[#@][\p{Ll}\p{Lo}\d._-]{1,79}$|^[CDGU][A-Z0-9]{6,20}$/u,
      'a channel like "#security", a person like "@sam", or an id: lower-case letters, digits and ".-_"',
    )
    .describe("Channel; webhooks of Slack's apps have one of their own and ignore it."),
});

const snsSchema = z.strictObject({
  topicArn: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/, "the ARN of an SNS topic")
    .describe("ARN of the topic."),
  roleArn: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, "the ARN of an IAM role")
    .optional()
    .describe("Role to take on for it, in the topic's account for instance."),
});

const webhookSchema = z.strictObject({
  url: httpsUrl.describe("Where alerts are posted to, as Alertmanager's webhook version 4 has them."),
  secretRef: secretRef("Secret with the bearer token that is sent along.", "token"),
  caSecretRef: secretRef("Secret with the CA certificate of the server.", "ca.crt").optional(),
});

const emailSchema = z.strictObject({
  to: address.describe("Address to send to."),
  from: address.describe("Address of the sender."),
  smarthost: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:\d{1,5}$/, 'host and port, like "smtp.example.com:587"')
    .describe("SMTP server with its port; TLS is required."),
  username: z.string().min(1).max(254).describe("User at the SMTP server."),
  secretRef: secretRef("Secret with the user's password.", "password"),
});

const pagerdutySchema = z.strictObject({
  secretRef: secretRef("Secret with the integration key (Events API v2).", "routing_key"),
});

const opsgenieSchema = z.strictObject({
  secretRef: secretRef("Secret with the API key.", "api_key"),
  region: z.enum(["us", "eu"]).default("us").describe("Where the account is."),
});

const msteamsSchema = z.strictObject({
  secretRef: secretRef("Secret with the URL of a workflow's webhook.", "url"),
});

const KINDS = {
  slack: slackSchema,
  sns: snsSchema,
  webhook: webhookSchema,
  email: emailSchema,
  pagerduty: pagerdutySchema,
  opsgenie: opsgenieSchema,
  msteams: msteamsSchema,
} as const;

export type ReceiverKind = keyof typeof KINDS;
export const RECEIVER_KINDS: readonly ReceiverKind[] = [
  ...(["slack", "sns", "webhook", "email"] as const),
  ...(["pagerduty", "opsgenie", "msteams"] as const),
];

/** Somebody to tell, in one way. */
export const receiverSchema = z
  .strictObject({
    name: dnsLabel
      .max(40)
      .refine((name) => name !== "nobody", "a name other than `nobody`, which has another meaning")
      .describe("Name, for `routes[].receivers`."),
    sendResolved: z
      .boolean()
      .default(false)
      .describe(
        "Tell too when an alert ends: for `repeatHours` there was no event, or a silent sensor is back. An attack is not over by that.",
      ),
    slack: slackSchema.optional().describe("A channel of Slack."),
    sns: snsSchema
      .optional()
      .describe("A topic of Amazon SNS, which can also lead to CloudWatch and to SMS."),
    webhook: webhookSchema.optional().describe("A program of yours."),
    email: emailSchema.optional().describe("E-mail."),
    pagerduty: pagerdutySchema.optional().describe("A service of PagerDuty."),
    opsgenie: opsgenieSchema.optional().describe("Opsgenie."),
    msteams: msteamsSchema.optional().describe("A channel of Microsoft Teams."),
  })
  .refine((receiver) => RECEIVER_KINDS.filter((kind) => receiver[kind] !== undefined).length === 1, {
    message: `exactly one of ${RECEIVER_KINDS.join(", ")}`,
  });

export type Receiver = z.output<typeof receiverSchema>;

/** Secrets that a receiver's pod mounts: of each a name and the key that is read. */
export function secretsOf({ slack, webhook, email, pagerduty, opsgenie, msteams }: Receiver) {
  const refs = [slack, webhook, email, pagerduty, opsgenie, msteams].flatMap((one) => one?.secretRef ?? []);
  return [...refs, ...(webhook?.caSecretRef ? [webhook.caSecretRef] : [])];
}
