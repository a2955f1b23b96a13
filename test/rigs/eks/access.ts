import { randomUUID } from "node:crypto";
import {
  type AccessEntry,
  type Account,
  badRequest,
  inUse,
  notFound,
  now,
  type PodIdentity,
} from "./account";
import type { Fields } from "./service-model";

/** Access entries and the policies that are associated with them; pod identity associations that are no add-on's. */
export class Access {
  constructor(private readonly account: Account) {}

  find(input: Fields): AccessEntry {
    const principal = String(input["principalArn"]);
    const entry = this.account.cluster(input["clusterName"]).accessEntries.get(principal);
    if (!entry) throw notFound(`access entry found for principalArn: ${principal}`);
    return entry;
  }

  create(input: Fields): Fields {
    const cluster = this.account.cluster(input["clusterName"]);
    const { authenticationMode } = cluster.fields["accessConfig"] as Fields;
    if (authenticationMode === "CONFIG_MAP")
      throw badRequest("The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP].");
    const principalArn = String(input["principalArn"]);
    if (cluster.accessEntries.has(principalArn))
      throw inUse("The specified access entry resource is already in use on this cluster.");
    const entry: AccessEntry = {
      fields: {
        clusterName: cluster.fields.name,
        principalArn,
        kubernetesGroups: (input["kubernetesGroups"] ?? []) as string[],
        accessEntryArn: this.account.arn(
          "access-entry",
          `${cluster.fields.name}/${principalArn.split(":").at(-1)}`,
        ),
        createdAt: now(),
        modifiedAt: now(),
        tags: input["tags"],
        username: String(input["username"] ?? principalArn),
        type: input["type"] ?? "STANDARD",
      },
      policies: [],
    };
    cluster.accessEntries.set(principalArn, entry);
    return { accessEntry: entry.fields };
  }

  delete(input: Fields): Fields {
    this.find(input);
    this.account.cluster(input["clusterName"]).accessEntries.delete(String(input["principalArn"]));
    return {};
  }

  associate(input: Fields): Fields {
    const entry = this.find(input);
    const policy = {
      policyArn: String(input["policyArn"]),
      accessScope: input["accessScope"],
      associatedAt: now(),
      modifiedAt: now(),
    };
    entry.policies = [...entry.policies.filter(({ policyArn }) => policyArn !== policy.policyArn), policy];
    return { ...names(entry), associatedAccessPolicy: policy };
  }

  disassociate(input: Fields): Fields {
    const entry = this.find(input);
    entry.policies = entry.policies.filter(({ policyArn }) => policyArn !== input["policyArn"]);
    return {};
  }

  policies(input: Fields): Fields {
    const entry = this.find(input);
    return { ...names(entry), associatedAccessPolicies: entry.policies };
  }

  associatePod(input: Fields): Fields {
    const { podIdentities, fields } = this.account.activeCluster(input["clusterName"]);
    const same = [...podIdentities.values()].find(
      (one) =>
        one.fields["namespace"] === input["namespace"] &&
        one.fields["serviceAccount"] === input["serviceAccount"],
    );
    if (same) throw inUse(`Association already exists: ${same.fields.associationId}`);
    const associationId = `a-${randomUUID().replaceAll("-", "").slice(0, 17)}`;
    const { namespace, serviceAccount, roleArn, tags } = input;
    const made = {
      ...{ clusterName: fields.name, namespace, serviceAccount, roleArn, tags, associationId },
      associationArn: this.account.arn("podidentityassociation", `${fields.name}/${associationId}`),
      ...{ createdAt: now(), modifiedAt: now() },
    };
    podIdentities.set(associationId, { fields: made });
    return { association: made };
  }

  releasePod(input: Fields): Fields {
    const { fields } = this.podIdentity(input);
    this.account.cluster(input["clusterName"]).podIdentities.delete(fields.associationId);
    return { association: fields };
  }

  podIdentity(input: Fields): PodIdentity {
    const found = this.account
      .cluster(input["clusterName"])
      .podIdentities.get(String(input["associationId"]));
    if (!found) throw notFound(`association found for id: ${String(input["associationId"])}`);
    return found;
  }
}

function names({ fields }: AccessEntry): Fields {
  return { clusterName: fields["clusterName"], principalArn: fields.principalArn };
}
