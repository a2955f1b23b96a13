import type { Feature } from "../../../components/core/contract/feature";
import { registryFacts } from "../../../components/core/plan/registry-facts";
import { indexTemplates } from "../../../components/documents/index-templates";
import { FEATURES } from "../../../components/registry";
import type { ElasticsearchClient } from "./client";
import { INDICES } from "./indices";

/** Puts the stack's templates into the tests' Elasticsearch, changed only where its build lacks something. */
export async function putTemplates(
  client: ElasticsearchClient,
  registry: readonly Feature[] = FEATURES,
): Promise<void> {
  const { component, indices } = indexTemplates(INDICES, registryFacts(registry).documents);
  const put = (path: string, body: unknown) => client.must("PUT", path, withoutWildcard(body));
  await put(`/_component_template/${component.name}`, component.body);
  for (const { name, body } of indices) await put(`/_index_template/${name}`, body);
}

/** It has no `wildcard` type; `keyword` stores the same and searches the same, slower. */
function withoutWildcard(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll('"type":"wildcard"', '"type":"keyword"'));
}
