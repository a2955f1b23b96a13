// Program pulumi-resource-kubernetes is the Pulumi Kubernetes provider of the module that go.mod pins.
//
// The provider's own main package embeds two files that its release job generates and its module therefore lacks.
// The toolchain writes them beside this file before it builds: see "embed" in the list of tools.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
