// Program pulumi-stack-file reads stack files as the Pulumi CLI does: with the SDK's own loader. The tests compare the
// project's reader with it.
//
// Standard input and output are one JSON text a line: a file's text in, {"values": {key: text}} or {"error": text} out.
// The texts are what the CLI hands to the program as its config. An encrypted value is shown as "decrypted:" and its
// ciphertext, since no key is asked for. "rest" says what is wrong with what comes after the first document, which the
// loader does not look at.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"gopkg.in/yaml.v3"
)

type answer struct {
	Values map[string]string `json:"values,omitempty"`
	Error  string            `json:"error,omitempty"`
	Rest   string            `json:"rest,omitempty"`
	// Elsewhere says that the file takes values from a Pulumi ESC environment.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pulumi-stack-file PROJECT < texts.jsonl")
		os.Exit(2)
	}
	project := &workspace.Project{Name: tokens.PackageName(os.Args[1])}
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	for in.More() {
		var text string
		if err := in.Decode(&text); err != nil {
			fmt.Fprintln(os.Stderr, "pulumi-stack-file:", err)
			os.Exit(1)
		}
		if err := out.Encode(read(project, text)); err != nil {
			fmt.Fprintln(os.Stderr, "pulumi-stack-file:", err)
			os.Exit(1)
		}
	}
}

// read never panics: the loader does, on a value of a kind that it does not expect.
func read(project *workspace.Project, text string) (result answer) {
	defer func() {
		if problem := recover(); problem != nil {
			result = answer{Error: fmt.Sprintf("panic: %v", problem)}
		}
	}()
	stack, err := workspace.LoadProjectStackBytes(nil, project, []byte(text), "Pulumi.test.yaml", encoding.YAML)
	if err != nil {
		return answer{Error: err.Error()}
	}
	decrypted, err := stack.Config.Decrypt(marker{})
	if err != nil {
		return answer{Error: err.Error()}
	}
	values := map[string]string{}
	for key, value := range decrypted {
		values[key.String()] = value
	}
	return answer{Values: values, Rest: restOf(text), Elsewhere: stack.Environment != nil}
}

func restOf(text string) string {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var content yaml.Node
	for {
		if err := decoder.Decode(&content); errors.Is(err, io.EOF) {
			return ""
		} else if err != nil {
			return err.Error()
		}
	}
}

type marker struct{}

func (marker) DecryptValue(_ context.Context, ciphertext string) (string, error) {
	return "decrypted:" + ciphertext, nil
}

func (m marker) BatchDecrypt(ctx context.Context, ciphertexts []string) ([]string, error) {
	return config.DefaultBatchDecrypt(ctx, m, ciphertexts)
}
