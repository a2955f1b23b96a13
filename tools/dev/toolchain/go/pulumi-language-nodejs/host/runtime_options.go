// The engine hands the options of `runtime` in Pulumi.yaml to a language host in a field of its request that release 3.68.0
// did not know; that release has them from flags. Here they are read where the engine starts the host: in the project's folder.
package main

import (
	"fmt"
	"os"

	"gopkg.in/yaml.v3"
)

func init() {
	flags := runtimeFlags("Pulumi.yaml")
	os.Args = append(append(os.Args[:1:1], flags...), os.Args[1:]...)
}

// runtimeFlags are the options of the project file that this host has a flag for; none where there is no such file, as for
// a policy pack.
func runtimeFlags(file string) (flags []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var project struct {
		Runtime yaml.Node `yaml:"runtime"`
	}
	var runtime struct {
		Options map[string]any `yaml:"options"`
	}
	// `runtime: nodejs` is a name without options.
	if yaml.Unmarshal(text, &project) != nil || project.Runtime.Decode(&runtime) != nil {
		return nil
	}
	for _, name := range []string{"typescript", "nodeargs", "tsconfig"} {
		if value, set := runtime.Options[name]; set {
			flags = append(flags, fmt.Sprintf("-%s=%v", name, value))
		}
	}
	return flags
}
