import { dependencies } from "../../../package.json";
import type { Tool } from "./types";

const PINNED = "2026-11-29";
const AWS = dependencies["@pulumi/aws"];

/** The part of the catalog that only the rung `eks` needs. */
export const eksTools: readonly Tool[] = [
  {
    name: "moto",
    version: "5.2.5",
    pinned: PINNED,
    why: "stands in for AWS: EC2, IAM, KMS, CloudWatch Logs and STS",
    minutes: 0.7,
    source: { kind: "python-packages", requirements: "moto.txt" },
  },
  {
    // Beside moto's its own packages: it pins others. Version 2 is on no index; get-token is the same in both.
    name: "aws-cli",
    version: "1.46.3",
    pinned: PINNED,
    why: "the exec plugin of the kubeconfig of an EKS cluster",
    minutes: 0.5,
    source: { kind: "python-packages", requirements: "aws-cli.txt" },
  },
  {
    // The published provider can't be had where GitHub can't be reached: the same Terraform provider code, cut to the
    // services that the stack's cluster is made of, behind the tokens of the SDK. See go/pulumi-resource-aws.
    name: "pulumi-resource-aws",
    version: AWS,
    pinned: PINNED,
    why: "Terraform's AWS provider as @pulumi/aws asks for it",
    minutes: 3,
    source: {
      kind: "go-program",
      module: "pulumi-resource-aws",
      package: ".",
      ldflags: `-X main.version=${AWS}`,
      cut: {
        path: "github.com/hashicorp/terraform-provider-aws",
        // hashicorp's 6.34.0 with a package that lets other programs make the provider.
        from: "github.com/upbound/terraform-provider-aws",
        fromVersion: "v0.0.0-20260305123303-f7691456b787",
        sum: "h1:dJlp2eNgY/iVKTPINdguYlHbHc9CtXBZKmQmqYq0REs=",
        folder: "tfaws",
        entry: "xpprovider",
      },
    },
  },
];
