import { ApiError, type ClusterClient } from "../node-program/cluster-client";
import { type KeptPosition, PositionMoved, type Positions } from "./forward";
import { type Position, parsePosition } from "./position";

interface ConfigMap {
  metadata: { resourceVersion: string };
  data?: Record<string, string>;
}

const KEY = "position.json";

/** The position in a ConfigMap, which the plan makes and the program may change. */
export class PositionConfigMap implements Positions {
  private readonly path: string;

  constructor(
    private readonly cluster: ClusterClient,
    namespace: string,
    private readonly name: string,
  ) {
    this.path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  }

  async read(): Promise<KeptPosition> {
    const found = await this.cluster.get<ConfigMap>(this.path);
    if (!found) throw new Error(`ConfigMap ${this.name} is not there: an update of the stack makes it`);
    return this.kept(found);
  }

  async write(position: Position, version: string): Promise<KeptPosition> {
    const patch = { metadata: { resourceVersion: version }, data: { [KEY]: JSON.stringify(position) } };
    try {
      return this.kept(await this.cluster.patch<ConfigMap>(this.path, patch));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      throw new PositionMoved(
        `ConfigMap ${this.name} was changed meanwhile: another pass goes on from there`,
      );
    }
  }

  private kept({ metadata, data = {} }: ConfigMap): KeptPosition {
    const text = data[KEY];
    const position =
      text === undefined ? { done: {} } : parsePosition(text, `${KEY} of ConfigMap ${this.name}`);
    return { position, version: metadata.resourceVersion };
  }
}
