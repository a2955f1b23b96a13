// The AWS provider for tests: Terraform's own provider code (a cut of its services) behind the tokens of @pulumi/aws.
// The schema is generated at start, which takes less than a second; nothing is embedded.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// version is that of the npm package @pulumi/aws, set by the linker.
var version = "0.0.0"

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		return err
	}
	info := provider(pfbridge.MuxShimWithPF(ctx, shimv2.NewProvider(sdk), framework), version)
	// What `make tfgen` of a published provider computes beforehand: which of the two servers has which resource.
	resolver, ok := info.P.(interface {
		ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
	})
	if !ok {
		return fmt.Errorf("the provider is not muxed: %T", info.P)
	}
	table, err := resolver.ResolveDispatch(&info)
	if err != nil {
		return err
	}
	if err := metadata.Set(info.GetMetadata(), "mux", table); err != nil {
		return err
	}
	schema, err := generate(info)
	if err != nil {
		return err
	}
	if len(os.Args) > 1 && os.Args[1] == "--schema" {
		_, err := os.Stdout.Write(schema)
		return err
	}
	pfbridge.MainWithMuxer(ctx, "aws", info, schema)
	return nil
}

func generate(info tfbridge.ProviderInfo) ([]byte, error) {
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	result, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:    info,
		DiagnosticsSink: sink,
		XInMemoryDocs:   true,
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(result.PackageSpec)
}
