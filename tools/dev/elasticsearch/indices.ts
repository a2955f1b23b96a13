import { envelopeSchema } from "../../../components/core/config/envelope-schema";

/** Names of the stack's indices where the config says nothing of them. */
export const INDICES = envelopeSchema.parse({
  global: { clusterName: "test" },
  output: { elasticsearch: { endpoints: ["https://localhost:9200"] } },
}).output.elasticsearch.indices;
