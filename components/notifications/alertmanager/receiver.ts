import type { AlertReceiver } from "../../core/contract/contribution";
import { SECRETS_FOLDER } from "../names";
import type { Receiver } from "../receivers-schema";

type Json = Record<string, unknown>;

/** Alerts of a message that a webhook gets at most; how many there are beside is in the message. */
const MOST_ALERTS = 100;

/** A receiver as Alertmanager's configuration has it (its docs, "Configuration"); secrets are files. */
export function receiver(given: Receiver): Json {
  const { name, sendResolved, slack, sns, webhook, email, pagerduty, opsgenie, msteams } = given;
  const configs = {
    slack_configs: slack && slackConfig(slack),
    sns_configs: sns && snsConfig(sns),
    webhook_configs: webhook && webhookConfig(webhook),
    email_configs: email && emailConfig(email),
    pagerduty_configs: pagerduty && pagerdutyConfig(pagerduty),
    opsgenie_configs: opsgenie && opsgenieConfig(opsgenie),
    msteamsv2_configs: msteams && msteamsConfig(msteams),
  };
  const made = Object.entries(configs).flatMap(([key, config]) =>
    config ? [[key, [{ send_resolved: sendResolved, ...config }]] as const] : [],
  );
  return { name, ...Object.fromEntries(made) };
}

function file({ name, key }: { name: string; key: string }): string {
  return `${SECRETS_FOLDER}/${name}/${key}`;
}

/** A program of the stack: it proves who it is, and so does Alertmanager. */
export function programReceiver({ name, url, secret }: AlertReceiver): Json {
  const of = (key: string) => file({ name: secret.name, key });
  return {
    name,
    webhook_configs: [
      {
        send_resolved: false,
        url,
        timeout: "30s",
        http_config: {
          follow_redirects: false,
          authorization: { type: "Bearer", credentials_file: of(secret.token) },
          tls_config: {
            ca_file: of(secret.ca),
            cert_file: of(secret.certificate),
            key_file: of(secret.key),
            min_version: "TLS13",
          },
        },
      },
    ],
  };
}

const TITLE = '{{ template "security.title" . }}';
const TEXT = '{{ template "security.text" . }}';
const LINK = '{{ template "security.link" . }}';

function slackConfig({ secretRef, channel }: NonNullable<Receiver["slack"]>): Json {
  return {
    api_url_file: file(secretRef),
    channel,
    username: "Security Stack",
    title: '{{ template "security.slack.title" . }}',
    title_link: LINK,
    text: '{{ template "security.slack.text" . }}',
    fallback: '{{ template "security.slack.title" . }}',
    color: '{{ template "security.color" . }}',
    // Of the parts of a message that none of ours is in: what processes wrote is not read as markup.
    mrkdwn_in: ["pretext"],
  };
}

function snsConfig({ topicArn, roleArn }: NonNullable<Receiver["sns"]>): Json {
  return {
    topic_arn: topicArn,
    sigv4: { region: topicArn.split(":")[3], ...(roleArn ? { role_arn: roleArn } : {}) },
    // Only ASCII, and less than 100 characters (AWS SNS API reference, Publish: Subject); the rest is in the text.
    subject: 'Security alert of severity {{ template "security.severity" . }}',
    message: `${TITLE}\n${TEXT}${LINK}`,
    attributes: { severity: '{{ template "security.severity" . }}' },
  };
}

function webhookConfig({ url, secretRef, caSecretRef }: NonNullable<Receiver["webhook"]>): Json {
  return {
    url,
    max_alerts: MOST_ALERTS,
    timeout: "15s",
    http_config: {
      follow_redirects: false,
      authorization: { type: "Bearer", credentials_file: file(secretRef) },
      ...(caSecretRef ? { tls_config: { ca_file: file(caSecretRef) } } : {}),
    },
  };
}

function emailConfig({ to, from, smarthost, username, secretRef }: NonNullable<Receiver["email"]>): Json {
  return {
    to,
    from,
    smarthost,
    auth_username: username,
    auth_password_file: file(secretRef),
    require_tls: true,
    headers: { Subject: TITLE },
    html: "",
    text: `${TEXT}${LINK}`,
  };
}

function pagerdutyConfig({ secretRef }: NonNullable<Receiver["pagerduty"]>): Json {
  return {
    routing_key_file: file(secretRef),
    description: TITLE,
    severity: '{{ template "security.pagerduty.severity" . }}',
    client: "Security Stack",
    client_url: LINK,
    details: { alerts: TEXT },
  };
}

function opsgenieConfig({ secretRef, region }: NonNullable<Receiver["opsgenie"]>): Json {
  return {
    api_key_file: file(secretRef),
    api_url: region === "eu" ? "https://api.eu.opsgenie.com/" : "https://api.opsgenie.com/",
    message: TITLE,
    description: `${TEXT}${LINK}`,
    source: "Security Stack",
    priority: '{{ template "security.opsgenie.priority" . }}',
  };
}

function msteamsConfig({ secretRef }: NonNullable<Receiver["msteams"]>): Json {
  return {
    webhook_url_file: file(secretRef),
    title: TITLE,
    text: `${TEXT}${LINK}`,
  };
}
