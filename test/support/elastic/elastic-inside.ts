import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../../components/elastic/connection";
import { type ContentsArgs, ElasticsearchContents } from "../../../components/elastic/elasticsearch-contents";

export interface InsideInput extends Omit<ContentsArgs, "connections"> {
  elasticsearch: Connection & { endpoints: string[]; password: string; ca: string | undefined };
  kibana?: Connection & { endpoints: string[]; password: string };
  /** File of the cluster that the keys' Secrets go to. */
  kubeconfig: string;
}

/** The product's own component with the real providers. */
export function register(_provider: unknown, data: unknown): void {
  const { elasticsearch, kibana, kubeconfig, ...rest } = data as InsideInput;
  const kubernetes = new k8s.Provider("kubernetes", { kubeconfig });
  const hidden = (connection: Connection) => ({
    ...connection,
    password: pulumi.secret(connection.password),
  });
  const connections = {
    isOpen: true,
    patienceMs: 0,
    elasticsearch: hidden(elasticsearch),
    ...(kibana ? { kibana: hidden(kibana) } : {}),
  };
  new ElasticsearchContents("inside", { connections, ...rest }, { providers: [kubernetes] });
}
