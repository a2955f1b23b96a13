import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";
import type { LineFlow } from "./line-flow";
import { seconds } from "./timed";

/**
 * Does what it is given while lines are written, waits for all of them, and prints how long each took.
 * @param flows asked for afterwards, since they may begin with the work
 * @returns how many lines were found more than once
 */
export async function flowStep(
  name: string,
  flows: () => readonly LineFlow[],
  inStore: (use: (client: ElasticsearchClient) => Promise<number>) => Promise<number>,
  work: () => Promise<void>,
): Promise<number> {
  const began = Date.now();
  await work();
  const worked = Date.now();
  const twice = await inStore(async (client) => {
    let found = 0;
    for (const flow of flows()) found += await flow.allArrived(client);
    return found;
  });
  const written = flows().reduce((sum, flow) => sum + flow.written, 0);
  console.log(
    `      ${name}: ${seconds(began, worked)}; ${written} lines, none lost, ${twice} twice; the last of them ${seconds(worked, Date.now())} later`,
  );
  return twice;
}
