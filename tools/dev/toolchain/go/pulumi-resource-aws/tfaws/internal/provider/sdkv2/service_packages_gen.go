// The services whose resources this part of the provider has, in place of the module's file with all of them.

package sdkv2

import (
	"context"

	"github.com/hashicorp/terraform-provider-aws/internal/conns"
	"github.com/hashicorp/terraform-provider-aws/internal/service/ec2"
	"github.com/hashicorp/terraform-provider-aws/internal/service/eks"
	"github.com/hashicorp/terraform-provider-aws/internal/service/iam"
	"github.com/hashicorp/terraform-provider-aws/internal/service/kms"
	"github.com/hashicorp/terraform-provider-aws/internal/service/logs"
	"github.com/hashicorp/terraform-provider-aws/internal/service/meta"
	"github.com/hashicorp/terraform-provider-aws/internal/service/ssm"
	"github.com/hashicorp/terraform-provider-aws/internal/service/sts"
)

func servicePackages(ctx context.Context) (packages []conns.ServicePackage) {
	return append(packages,
		ec2.ServicePackage(ctx),
		eks.ServicePackage(ctx),
		iam.ServicePackage(ctx),
		kms.ServicePackage(ctx),
		logs.ServicePackage(ctx),
		meta.ServicePackage(ctx),
		ssm.ServicePackage(ctx),
		sts.ServicePackage(ctx),
	)
}
