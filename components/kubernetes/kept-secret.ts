import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { standardLabels } from "./labels";

export interface KeptSecretArgs {
  name: string;
  namespace: string;
  /** Value of `app.kubernetes.io/component`. */
  component: string;
  /** "Opaque" by default. */
  type?: string;
  /** Makes the values, by key; called by every update, and what it gives is taken by the first only. */
  make(): Promise<Record<string, string>>;
}

/**
 * A Secret whose values the program makes once: every update makes new ones, but `ignoreChanges` keeps those of the
 * first, so they live until another name asks for others. A provider for random values or certificates would do the
 * same at the price of one more plugin on every machine. A preview makes none: what is kept is known without, what is
 * not there yet is unknown.
 */
export function keptSecret(args: KeptSecretArgs, opts: pulumi.CustomResourceOptions): k8s.core.v1.Secret {
  const { name, namespace, component, type, make } = args;
  return new k8s.core.v1.Secret(
    `secret/${namespace}/${name}`,
    {
      metadata: { name, namespace, labels: standardLabels(name, component) },
      ...(type ? { type } : {}),
      data: pulumi.runtime.isDryRun() ? unknownData() : pulumi.secret(make().then(encode)),
    },
    { ...opts, ignoreChanges: ["data"] },
  );
}

/** A value of a Secret as text; empty where it has no such key. */
export function secretText(secret: k8s.core.v1.Secret, key: string): pulumi.Output<string> {
  return secret.data.apply((data) => Buffer.from(data?.[key] ?? "", "base64").toString());
}

function unknownData(): pulumi.Output<Record<string, string>> {
  return pulumi.secret(pulumi.output(pulumi.unknown as unknown as Record<string, string>));
}

function encode(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
}
