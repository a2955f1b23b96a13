// Program pulumi-gen-nodejs writes the local Node.js SDK of a Pulumi package: its schema on standard input, the folder
// to write to as the only argument.
//
// It is the code generator behind `pulumi package gen-sdk`, called directly: the language host that can be built from
// source is older than the generator's call (GeneratePackage), so the CLI cannot reach it through that host. The files
// name pulumi-language-nodejs as their generator, as those of `pulumi install` do.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// What a file in a subfolder imports of the package's root: the generator finds the way there with filepath.Rel, which
// gives ".." since Go 1.26 and gave "../." before, and takes the folder of that. Its later versions know
// (github.com/pulumi/pulumi/pkg/v3@v3.256.0, codegen/nodejs/gen.go, getRelativePath).
var rootImport = regexp.MustCompile(`from "\./(types/|utilities")`)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-gen-nodejs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: pulumi-gen-nodejs FOLDER < schema.json")
	}
	var spec schema.PackageSpec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	pkg, err := schema.ImportSpec(spec, nil, schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return err
	}
	files, err := nodejs.GeneratePackage("pulumi-language-nodejs", pkg, nil, nil, true, nil)
	if err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(args[0], name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, withImports(name, content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func withImports(name string, content []byte) []byte {
	depth := strings.Count(name, "/")
	if depth == 0 || filepath.Ext(name) != ".ts" {
		return content
	}
	return rootImport.ReplaceAll(content, []byte(`from "`+strings.Repeat("../", depth)+"$1"))
}
