package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// resources is what @pulumi/aws calls each resource of Terraform: module and name.
var resources = map[string]string{
	"aws_vpc":                           "ec2/Vpc",
	"aws_subnet":                        "ec2/Subnet",
	"aws_internet_gateway":              "ec2/InternetGateway",
	"aws_eip":                           "ec2/Eip",
	"aws_nat_gateway":                   "ec2/NatGateway",
	"aws_route_table":                   "ec2/RouteTable",
	"aws_route_table_association":       "ec2/RouteTableAssociation",
	"aws_route":                         "ec2/Route",
	"aws_default_security_group":        "ec2/DefaultSecurityGroup",
	"aws_security_group":                "ec2/SecurityGroup",
	"aws_flow_log":                      "ec2/FlowLog",
	"aws_launch_template":               "ec2/LaunchTemplate",
	"aws_eks_cluster":                   "eks/Cluster",
	"aws_eks_node_group":                "eks/NodeGroup",
	"aws_eks_addon":                     "eks/Addon",
	"aws_eks_access_entry":              "eks/AccessEntry",
	"aws_eks_access_policy_association": "eks/AccessPolicyAssociation",
	"aws_eks_pod_identity_association":  "eks/PodIdentityAssociation",
	"aws_iam_role":                      "iam/Role",
	"aws_iam_policy":                    "iam/Policy",
	"aws_iam_role_policy":               "iam/RolePolicy",
	"aws_iam_role_policy_attachment":    "iam/RolePolicyAttachment",
	"aws_iam_openid_connect_provider":   "iam/OpenIdConnectProvider",
	"aws_kms_key":                       "kms/Key",
	"aws_kms_alias":                     "kms/Alias",
	"aws_cloudwatch_log_group":          "cloudwatch/LogGroup",
}

// functions is the same for data sources.
var functions = map[string]string{
	"aws_availability_zones":  "index/getAvailabilityZones",
	"aws_caller_identity":     "index/getCallerIdentity",
	"aws_partition":           "index/getPartition",
	"aws_region":              "index/getRegion",
	"aws_eks_addon_version":   "eks/getAddonVersion",
	"aws_eks_cluster":         "eks/getCluster",
	"aws_iam_policy_document": "iam/getPolicyDocument",
}

// autonames has the property and the longest name of what pulumi-aws names by itself (autonaming.go there).
var autonames = map[string]struct {
	property string
	length   int
}{
	"aws_iam_role":        {"name", 64},
	"aws_iam_policy":      {"name", 128},
	"aws_iam_role_policy": {"name", 128},
	"aws_security_group":  {"name", 255},
	"aws_launch_template": {"name", 125},
}

func provider(p shim.Provider, version string) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:              p,
		Name:           "aws",
		ResourcePrefix: "aws",
		Version:        version,
		// Terraform's functions: @pulumi/aws has none of them.
		IgnoreMappings: []string{"arn_build", "arn_parse", "trim_iam_role_path", "user_agent"},
		MetadataInfo:   tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:      map[string]*tfbridge.ResourceInfo{},
		DataSources:    map[string]*tfbridge.DataSourceInfo{},
		Config: map[string]*tfbridge.SchemaInfo{
			"skip_metadata_api_check": {
				Type:    "boolean",
				Default: &tfbridge.DefaultInfo{Value: true},
			},
		},
	}
	p.ResourcesMap().Range(func(name string, r shim.Resource) bool {
		token, mapped := resources[name]
		if !mapped {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
			return true
		}
		info.Resources[name] = resourceInfo(name, token, r, ofFramework(p, name))
		return true
	})
	p.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		token, mapped := functions[name]
		if mapped {
			info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember("aws:" + token + ":" + lastOf(token))}
			return true
		}
		info.IgnoreMappings = append(info.IgnoreMappings, name)
		return true
	})
	return info
}

func lastOf(token string) string { return token[strings.Index(token, "/")+1:] }

// ofFramework says whether a resource is of Terraform's newer framework.
func ofFramework(p shim.Provider, name string) bool {
	muxed, ok := p.(interface{ ResourceIsPF(token string) bool })
	return ok && muxed.ResourceIsPF(name)
}

func resourceInfo(name, token string, r shim.Resource, framework bool) *tfbridge.ResourceInfo {
	kind := lastOf(token)
	first := []rune(kind)
	first[0] = unicode.ToLower(first[0])
	module := token[:strings.Index(token, "/")]
	info := &tfbridge.ResourceInfo{
		Tok:    tokens.Type(fmt.Sprintf("aws:%s/%s:%s", module, string(first), kind)),
		Fields: map[string]*tfbridge.SchemaInfo{},
	}
	if _, ok := r.Schema().GetOk("tags_all"); ok {
		computed := true
		info.Fields["tags_all"] = &tfbridge.SchemaInfo{MarkAsComputedOnly: &computed}
		// A resource of the framework refuses the property as read-only; it gets the default tags from the provider's config.
		if !framework {
			info.PreCheckCallback = defaultTags
		}
	}
	if auto, ok := autonames[name]; ok {
		info.Fields[auto.property] = tfbridge.AutoNameWithCustomOptions(auto.property, tfbridge.AutoNameOptions{
			Separator: "-", Maxlen: auto.length, Randlen: 7,
		})
	}
	override(name, info)
	return info
}

// override repeats what pulumi-aws changes by hand (resources.go there).
func override(name string, info *tfbridge.ResourceInfo) {
	plural := func(field, name string) { info.Fields[field] = &tfbridge.SchemaInfo{Name: name} }
	one := true
	switch name {
	case "aws_security_group", "aws_default_security_group":
		plural("ingress", "ingress")
		plural("egress", "egress")
	case "aws_eks_cluster":
		info.Fields["certificate_authority"] = &tfbridge.SchemaInfo{MaxItemsOne: &one, Name: "certificateAuthority"}
	case "aws_iam_role":
		info.Fields["assume_role_policy"] = document()
	case "aws_iam_policy", "aws_iam_role_policy":
		info.Fields["policy"] = document()
	case "aws_kms_key":
		info.Fields["policy"] = &tfbridge.SchemaInfo{Transform: asJSON}
	case "aws_iam_role_policy_attachment":
		info.DeleteBeforeReplace = true
	}
}

// document lets a policy be given as an object too.
func document() *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Type: "string", Transform: asJSON}
}

func asJSON(value resource.PropertyValue) (resource.PropertyValue, error) {
	if value.IsSecret() {
		inner, err := asJSON(value.SecretValue().Element)
		return resource.MakeSecret(inner), err
	}
	if !value.IsObject() {
		return value, nil
	}
	text, err := json.Marshal(value.Mappable())
	return resource.NewStringProperty(string(text)), err
}

// defaultTags puts the provider's default tags below the resource's own, as tags.go of pulumi-aws does.
func defaultTags(_ context.Context, args, config resource.PropertyMap) (resource.PropertyMap, error) {
	all := resource.PropertyMap{}
	if defaults, ok := config["defaultTags"]; ok && defaults.IsObject() {
		if tags, ok := defaults.ObjectValue()["tags"]; ok && tags.IsObject() {
			for key, value := range tags.ObjectValue() {
				all[key] = value
			}
		}
	}
	if tags, ok := args["tags"]; ok && tags.IsObject() {
		for key, value := range tags.ObjectValue() {
			all[key] = value
		}
	}
	result := args.Copy()
	if len(all) > 0 {
		result["tagsAll"] = resource.NewObjectProperty(all)
	}
	return result, nil
}
