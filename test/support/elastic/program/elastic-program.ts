import * as fs from "node:fs";
import * as elasticstack from "@pulumi/elasticstack";
import * as pulumi from "@pulumi/pulumi";

/** Names the file with what to register, an {@link ElasticInput}. */
export const INPUT_FILE = "ELASTIC_TEST_INPUT";

export interface ElasticInput {
  connection: elasticstack.types.input.ProviderElasticsearch & { password?: string };
  /** A module whose `register(provider, data)` makes the resources; left out, `data` is {@link Registered}s. */
  module?: string;
  data: unknown;
}

/** A resource of the SDK by the name of its class. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export type Register = (provider: elasticstack.Provider, data: unknown) => void;

export function register(): void {
  const { connection, module, data }: ElasticInput = JSON.parse(
    fs.readFileSync(process.env[INPUT_FILE]!, "utf8"),
  );
  const { password = "", ...rest } = connection;
  const args = { elasticsearches: [{ ...rest, password: pulumi.secret(password) }] };
  // The engine (3.220) gives a new provider the SDK's version as an input and an existing one the bridge's: a change that
  // nobody made, after the first update. Which provider is used does not depend on it.
  const provider = new elasticstack.Provider("elastic", args, { ignoreChanges: ["version"] });
  const make = module ? (require(module) as { register: Register }).register : registerEach;
  make(provider, data);
}

function registerEach(provider: elasticstack.Provider, data: unknown): void {
  const classes = elasticstack as unknown as Record<
    string,
    new (
      ...args: unknown[]
    ) => pulumi.CustomResource
  >;
  for (const { type, name, inputs } of data as Registered[]) new classes[type]!(name, inputs, { provider });
}
